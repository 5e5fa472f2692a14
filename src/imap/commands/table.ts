import type { Row } from '../session/command.ts'
import { append } from './append.ts'
import { compress } from './compress.ts'
import { copy, move } from './copy.ts'
import { expunge } from './expunge.ts'
import { fetch } from './fetch.ts'
import { capability, enable, id, logout, noop } from './general.ts'
import { idle } from './idle.ts'
import { list, lsub, xlist } from './list.ts'
import { authenticate, login, startTls, unauthenticate } from './login.ts'
import { create, del, namespace, rename, subscribe, unsubscribe } from './mailboxes.ts'
import { getQuota, getQuotaRoot, setQuota } from './quota.ts'
import { replace } from './replace.ts'
import { search } from './search.ts'
import { check, close, examine, select, unselect } from './select.ts'
import { sort } from './sort.ts'
import { status } from './status.ts'
import { store } from './store.ts'
import { thread } from './thread.ts'
import { uidBatches } from './uid-batches.ts'

/** Every command the server knows. */
const rows = [
  capability,
  noop,
  logout,
  id,
  startTls,
  login,
  authenticate,
  enable,
  select,
  examine,
  create,
  del,
  rename,
  subscribe,
  unsubscribe,
  list,
  lsub,
  xlist,
  status,
  namespace,
  append,
  idle,
  getQuota,
  getQuotaRoot,
  setQuota,
  compress,
  unauthenticate,
  close,
  unselect,
  check,
  expunge,
  search,
  sort,
  thread,
  fetch,
  store,
  copy,
  move,
  replace,
  uidBatches,
]

const byName = new Map<string, Row>(rows.map(row => [row.name, row as unknown as Row]))

/** By its name in upper case, without UID. */
export const findCommand = (name: string): Row | undefined => byName.get(name)
