import { Refusal } from '#base/errors.ts'
import { type Command, no, ok } from '../session/command.ts'

/** RFC 4978: from the octet after the tagged OK both ways are deflated. */
export const compress: Command<'authenticated', string> = {
  name: 'COMPRESS',
  phase: 'authenticated',
  parse(args) {
    args.space()
    const mechanism = args.word()
    args.end()
    return mechanism
  },
  run({ session }, mechanism) {
    if (mechanism !== 'DEFLATE') throw new Refusal('not-possible', 'DEFLATE is the only compression here')
    if (session.connection.compressed) return no('Compressed already', ['COMPRESSIONACTIVE'])
    return {
      ...ok('DEFLATE active'),
      after: () => session.connection.startDeflate(session.input.framer.takeRest()),
    }
  },
}
