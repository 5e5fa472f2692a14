/** The quick ones of the attacks; all of them are run by `npm run test:hostile`. */
import '../hostile/limits.test.ts'
import '../hostile/secrets.test.ts'
