/** All verbs, in the order of the help page. */
import type { Verb } from './verb.ts'
import { check } from './verbs/check.ts'
import { check as configCheck } from './verbs/config/check.ts'
import { explain } from './verbs/config/explain.ts'
import { show } from './verbs/config/show.ts'
import { deliver } from './verbs/deliver.ts'
import { exportVerb } from './verbs/export.ts'
import { importVerb } from './verbs/import.ts'
import { indexRebuild } from './verbs/index/rebuild.ts'
import { indexStatus } from './verbs/index/status.ts'
import {
  mailboxCreate,
  mailboxDelete,
  mailboxRename,
  mailboxSubscribe,
  mailboxUnsubscribe,
} from './verbs/mailbox/change.ts'
import { mailboxList, mailboxStatus } from './verbs/mailbox/list.ts'
import { mailboxPurge } from './verbs/mailbox/purge.ts'
import { mailboxUndelete } from './verbs/mailbox/undelete.ts'
import { serve, start } from './verbs/serve.ts'
import { add } from './verbs/user/add.ts'
import { appPasswordAdd, appPasswordList, appPasswordRemove } from './verbs/user/app-password.ts'
import { certificateAdd } from './verbs/user/certificate.ts'
import { disable, enable } from './verbs/user/disable.ts'
import { list } from './verbs/user/list.ts'
import { passwd } from './verbs/user/passwd.ts'
import { quota } from './verbs/user/quota.ts'
import { remove } from './verbs/user/remove.ts'
import { versionVerb } from './verbs/version.ts'

export const verbs: readonly Verb[] = [
  start,
  serve,
  add,
  passwd,
  list,
  disable,
  enable,
  remove,
  appPasswordAdd,
  appPasswordList,
  appPasswordRemove,
  certificateAdd,
  quota,
  mailboxList,
  mailboxStatus,
  mailboxCreate,
  mailboxDelete,
  mailboxRename,
  mailboxSubscribe,
  mailboxUnsubscribe,
  mailboxUndelete,
  mailboxPurge,
  deliver,
  importVerb,
  exportVerb,
  check,
  indexStatus,
  indexRebuild,
  configCheck,
  show,
  explain,
  versionVerb,
]
