import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Alarm, TimerWheel } from './timers.ts'

function held() {
  const clock = { time: 1_000_000_123, now: () => clock.time }
  const wheel = new TimerWheel({ clock, running: false })
  const pass = (ms: number) => {
    clock.time += ms
    wheel.turn()
  }
  const rung: string[] = []
  const alarm = (name: string) => new Alarm({ ring: () => void rung.push(name) })
  return { clock, wheel, pass, rung, alarm }
}

test('timers: rings once, not before its time and within a tick after it', () => {
  const { wheel, pass, rung, alarm } = held()
  wheel.set(alarm('a'), 5_000)
  pass(4_999)
  assert.deepEqual(rung, [])
  pass(1_001)
  assert.deepEqual(rung, ['a'])
  pass(1_000_000)
  assert.deepEqual(rung, ['a'])
  assert.equal(wheel.size, 0)
})

test('timers: setting again moves, clearing ends', () => {
  const { wheel, pass, rung, alarm } = held()
  const [a, b] = [alarm('a'), alarm('b')]
  wheel.set(a, 2_000)
  wheel.set(b, 2_000)
  wheel.set(a, 10_000)
  wheel.clear(b)
  wheel.clear(b)
  pass(9_000)
  assert.deepEqual(rung, [])
  pass(2_000)
  assert.deepEqual(rung, ['a'])
})

test('timers: longer than the wheel is round', () => {
  const { wheel, pass, rung, alarm } = held()
  wheel.set(alarm('far'), 1_800_000)
  for (let i = 0; i < 1799; i++) pass(1_000)
  assert.deepEqual(rung, [])
  pass(2_000)
  assert.deepEqual(rung, ['far'])
})

test('timers: a ring may set itself again and clear another of the same tick', () => {
  const { wheel, pass, rung } = held()
  const b = new Alarm({ ring: () => void rung.push('b') })
  const a: Alarm = new Alarm({
    ring() {
      rung.push('a')
      wheel.clear(b)
      wheel.set(a, 3_000)
    },
  })
  wheel.set(b, 1_000)
  wheel.set(a, 1_000)
  pass(2_000)
  assert.deepEqual(rung, ['a'])
  pass(4_000)
  assert.deepEqual(rung, ['a', 'a'])
})

test('timers: everything due rings after the machine slept', () => {
  const { wheel, pass, rung, alarm } = held()
  for (const ms of [0, 1_000, 60_000, 600_000]) wheel.set(alarm(`${ms}`), ms)
  pass(86_400_000)
  assert.deepEqual(rung.sort(), ['0', '1000', '60000', '600000'])
})

test('timers: any history rings what a list of deadlines would', () => {
  const step = fc.record({
    act: fc.constantFrom('set', 'clear', 'pass'),
    who: fc.nat(5),
    ms: fc.nat(900_000),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), steps => {
      const { clock, wheel, pass } = held()
      const due = new Map<number, number>()
      const alarms = Array.from({ length: 6 }, (_, who) => {
        return new Alarm({
          ring() {
            const at = due.get(who)
            assert.ok(at !== undefined && at <= clock.time, 'rang too early or twice')
            due.delete(who)
          },
        })
      })
      for (const { act, who, ms } of steps) {
        if (act === 'pass') {
          pass(ms)
          for (const at of due.values()) assert.ok(clock.time - at < 1_000, 'rang too late')
        } else if (act === 'clear') {
          wheel.clear(alarms[who]!)
          due.delete(who)
        } else {
          wheel.set(alarms[who]!, ms)
          due.set(who, clock.time + ms)
        }
      }
    }),
  )
})
