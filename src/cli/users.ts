/** What the verbs about users share: the directory opened and closed, and words for a name that is not there. */
import type { User, UserAdmin } from '#ports/users.ts'
import { Exit, Failure } from './exits.ts'
import { type dataOptions, loaderFor, loadOrFail } from './settings.ts'
import type { Call } from './verb.ts'

export const nameArgument = { name: 'NAME', doc: 'The login name' } as const

/** Opens the directory the options name, and closes it whatever happens. */
export async function withUsers<Answer>(
  { options, composition, terminal }: Call<typeof dataOptions>,
  work: (users: UserAdmin) => Promise<Answer>,
): Promise<Answer> {
  const { config } = loadOrFail(loaderFor(options, terminal.env), terminal)
  const users = await composition.openUsers(config)
  try {
    return await work(users)
  } finally {
    await users.close()
  }
}

export async function existing(users: UserAdmin, login: string): Promise<User> {
  const user = await users.find(login)
  if (user === null) throw new Failure(Exit.noUser, `there is no user ${login}; "rookery user list" names all`)
  return user
}
