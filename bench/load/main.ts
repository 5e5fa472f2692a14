/** The load generator: a process of its own that does one job at a time and tells what it measured. */
import type { Job, Outcome, Question, ToConductor, ToLoad } from '../job.ts'
import { scenarioOf } from '../scenarios/table.ts'
import { type FixtureName, fixtures } from './fixtures.ts'
import { type Conductor, Lab } from './lab.ts'
import { measureLimits } from './limits.ts'

let asked = 0
const open = new Map<number, { resolve: (value: number) => void; reject: (error: Error) => void }>()
const tell = (message: ToConductor) => process.send?.(message)

const conductor: Conductor = {
  ask: (question: Question) =>
    new Promise((resolve, reject) => {
      open.set(++asked, { resolve, reject })
      tell({ ask: question, id: asked })
    }),
  progress: text => tell({ progress: text }),
}

process.on('message', (message: ToLoad) => {
  if ('job' in message) {
    work(message.job).then(
      done => tell({ done, id: message.id }),
      (error: Error) => tell({ failed: String(error.stack ?? error), id: message.id }),
    )
    return
  }
  const question = open.get(message.id)
  open.delete(message.id)
  if ('answer' in message) question?.resolve(message.answer)
  else question?.reject(new Error(message.refusal))
})
process.on('disconnect', () => process.exit())

async function work(job: Job): Promise<Outcome> {
  if (job.kind === 'limits') return measureLimits(job)
  const round = job.kind === 'run' ? job.round : 0
  const lab = new Lab(job.target, job.sizes, round, conductor)
  if (job.kind === 'prepare') await fixtures[job.fixture as FixtureName].load(lab)
  else await scenarioOf(job.scenario).run(lab)
  const { metrics, loadShare, answers, notes } = lab
  return { metrics, loadShare, answers, notes }
}
