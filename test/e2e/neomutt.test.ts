/** neomutt over TLS with a header cache. */
import { roundWith } from './mutt-round.ts'

roundWith('neomutt')
