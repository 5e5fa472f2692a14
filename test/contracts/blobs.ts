import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { StoreFault } from '#base/errors.ts'
import { READ_OCTETS } from '#ports/blobs.ts'
import { bytesFor, inboxOf, mailFor, newMessage, readAll, type StoreUnderTest, stageBytes } from './store-under-test.ts'

const sizes = [0, 1, 39, 40, 41, 4096, 65_535, 65_536, 65_537, 256 * 1024 - 1, 256 * 1024, 256 * 1024 + 1, 1_000_000]

/** What src/ports/blobs.ts promises. */
export function blobContract(name: string, open: () => Promise<StoreUnderTest>): void {
  suite(`blobs: ${name}`, () => {
    const withStore = (title: string, run: (store: StoreUnderTest) => Promise<void>) =>
      test(title, async () => {
        const store = await open()
        try {
          await run(store)
        } finally {
          await store.close()
        }
      })

    const put = async (store: StoreUnderTest, octets: number, seed: number) => {
      const account = await store.createAccount()
      const inbox = await inboxOf(store, account)
      await store.metadata.append(account, inbox, [await newMessage(store, { octets, seed })])
      return (await store.metadata.messages(account, inbox, Uint32Array.of(1)))[0]!.blob
    }

    withStore('bodies of every size come back exactly', async store => {
      for (const [seed, octets] of sizes.entries()) {
        const ref = await put(store, octets, seed)
        assert.equal(ref.octets, octets)
        assert.deepEqual(await readAll(store.blobs, ref), bytesFor(octets, seed), `${octets} octets`)
      }
    })

    withStore('mail of every size comes back exactly, whole and by any range', async store => {
      for (const octets of [...sizes, 5000, 20_000, 100_000, 180_000]) {
        const account = await store.createAccount()
        const inbox = await inboxOf(store, account)
        const content = mailFor(octets, 5)
        await store.metadata.append(account, inbox, [await newMessage(store, { content })])
        const ref = (await store.metadata.messages(account, inbox, Uint32Array.of(1)))[0]!.blob
        const from = Math.floor(octets / 3)
        const at = [0, 1, from - 9, from, from + 77, from + 20_001, octets - 65_000, octets - 70, octets - 1, octets]
        for (const start of at.filter(offset => offset >= 0)) {
          for (const length of [0, 1, 76, 79, 5000, 65_536, READ_OCTETS]) {
            const part = Buffer.from(await store.blobs.read(ref, start, start + length))
            assert.ok(part.equals(content.subarray(start, start + length)), `${start}+${length} of ${octets}`)
          }
        }
        assert.ok(content.equals(await readAll(store.blobs, ref)), `${octets} octets`)
      }
    })

    withStore('a range is served by itself', async store => {
      for (const octets of [1000, 700_000]) {
        const ref = await put(store, octets, 3)
        const bytes = bytesFor(octets, 3)
        const ranges: [number, number][] = [
          [0, 1],
          [0, 999],
          [1, 1000],
          [500, 501],
          [octets - 1, octets],
          [octets - 1, octets + 50],
          [10, 10],
          [octets, octets + 1],
          [octets + 7, octets + 9],
        ]
        for (const [start, end] of ranges) {
          const part = Buffer.from(await store.blobs.read(ref, start, end))
          assert.deepEqual(part, bytes.subarray(start, end), `${start}-${end} of ${octets}`)
        }
        assert.deepEqual(
          Buffer.from(await store.blobs.read(ref, 3, 3 + READ_OCTETS)),
          bytes.subarray(3, 3 + READ_OCTETS),
        )
      }
    })

    withStore('unknown refs are missing', async store => {
      const ids = ['0s999.0', '0s1.99999999', `0l${'ab'.repeat(16)}`, 'nonsense', '', '../../etc/passwd', '9s1.0']
      await put(store, 10, 1)
      for (const id of ids) {
        await assert.rejects(
          async () => store.blobs.read({ id, octets: 10 }, 0, 10),
          (error: unknown) => error instanceof StoreFault && ['missing', 'corrupt'].includes(error.failure),
          id,
        )
      }
    })

    withStore('discarding twice, or after an intent took the blob, does nothing', async store => {
      for (const octets of [100, 500_000]) {
        const account = await store.createAccount()
        const inbox = await inboxOf(store, account)
        const { stage, body } = await stageBytes(store.blobs, bytesFor(octets, 9))
        const message = { ...(await newMessage(store, { octets, seed: 9 })), body }
        await store.metadata.append(account, inbox, [message])
        await stage.discard()
        await stage.discard()
        const [row] = await store.metadata.messages(account, inbox, Uint32Array.of(1))
        assert.deepEqual(await readAll(store.blobs, row!.blob), bytesFor(octets, 9))
      }
    })

    withStore('a stage may be discarded at any time', async store => {
      await store.blobs.stage().discard()
      for (const octets of [10, 400_000]) {
        const half = store.blobs.stage()
        const wait = half.write(bytesFor(octets))
        if (wait !== undefined) await wait
        await half.discard()
        await half.discard()
        const whole = await stageBytes(store.blobs, bytesFor(octets))
        await whole.stage.discard()
      }
    })

    withStore('a blob that was refused can be offered again', async store => {
      for (const octets of [100, 500_000]) {
        const account = await store.createAccount()
        const inbox = await inboxOf(store, account)
        const message = await newMessage(store, { octets, seed: 4 })
        await assert.rejects(store.metadata.append(account, 77 as typeof inbox, [message]), {
          reason: 'target-missing',
        })
        await store.metadata.append(account, inbox, [message])
        const [row] = await store.metadata.messages(account, inbox, Uint32Array.of(1))
        assert.deepEqual(await readAll(store.blobs, row!.blob), bytesFor(octets, 4))
      }
    })
  })
}
