import type { Embedded, Leaf, MessageFacts, Multipart, Param, Part } from '#mime/facts.ts'

/**
 * A message's structure as the text its row keeps: lists without names, in this order, what is mostly empty last and left out. A third of
 * the same as objects. Rows of earlier versions hold objects, and are told apart by their first character.
 *
 *   message    [part, header start, header end]
 *   leaf       [0, type, subtype, header start, header end, body start, body end, params, encoding, lines, ...rare]
 *   multipart  [1, type, subtype, header start, header end, body start, body end, params, parts, ...rare]
 *   embedded   [2, type, subtype, header start, header end, body start, body end, params, encoding, lines, envelope, message, ...rare]
 *   rare       disposition, language, location, id, description, md5
 */
export type StoredStructure = Pick<MessageFacts, 'structure' | 'header'>

const Kind = { leaf: 0, multipart: 1, message: 2 } as const

type Pairs = readonly string[]
type Single = Leaf | Embedded

export function structureText({ structure, header }: StoredStructure): string {
  return JSON.stringify([encode(structure), header[0], header[1]])
}

export function parseStructure(text: string): StoredStructure {
  if (text.startsWith('{')) {
    const { structure, header } = JSON.parse(text) as StoredStructure
    return { structure, header }
  }
  const [part, start, end] = JSON.parse(text) as [unknown[], number, number]
  return { structure: decode(part), header: [start, end] }
}

function encode(part: Part): unknown[] {
  const common = [Kind[part.kind], part.type, part.subtype, ...part.header, ...part.body, pairs(part.params)]
  switch (part.kind) {
    case 'leaf':
      return [...common, part.encoding, part.lines, ...rare(part)]
    case 'multipart':
      return [...common, part.parts.map(encode), ...rare(part)]
    case 'message':
      return [...common, part.encoding, part.lines, part.envelope, encode(part.message), ...rare(part)]
  }
}

function rare(part: Part): unknown[] {
  const { id, description, md5 } = part.kind === 'multipart' ? { id: null, description: null, md5: null } : part
  const disposition = part.disposition && [part.disposition.type, ...pairs(part.disposition.params)]
  const list = [disposition, part.language.length > 0 ? part.language : null, part.location, id, description, md5]
  return list.slice(0, list.findLastIndex(value => value !== null) + 1)
}

function decode(list: unknown[]): Part {
  const [kind, type, subtype, headerStart, headerEnd, bodyStart, bodyEnd, flat] = list as [
    number,
    string,
    string,
    number,
    number,
    number,
    number,
    Pairs,
  ]
  const common = {
    type,
    subtype,
    params: params(flat),
    header: [headerStart, headerEnd],
    body: [bodyStart, bodyEnd],
  } as const
  if (kind === Kind.multipart) {
    const parts = (list[8] as unknown[][]).map(decode)
    return { kind: 'multipart', ...common, parts, ...decodeRare(list.slice(9)) } satisfies Multipart
  }
  const coded = { encoding: list[8] as string, lines: list[9] as number }
  if (kind === Kind.leaf) {
    const tail = list.slice(10)
    return { kind: 'leaf', ...common, ...coded, ...decodeRare(tail), ...decodeSingle(tail) } satisfies Leaf
  }
  const tail = list.slice(12)
  return {
    kind: 'message',
    ...common,
    ...coded,
    envelope: list[10] as Embedded['envelope'],
    message: decode(list[11] as unknown[]),
    ...decodeRare(tail),
    ...decodeSingle(tail),
  } satisfies Embedded
}

function decodeRare(tail: unknown[]): Pick<Part, 'disposition' | 'language' | 'location'> {
  const [disposition, language, location] = tail as [Pairs | null, readonly string[] | null, string | null]
  return {
    disposition: disposition ? { type: disposition[0]!, params: params(disposition.slice(1)) } : null,
    language: language ?? [],
    location: location ?? null,
  }
}

function decodeSingle(tail: unknown[]): Pick<Single, 'id' | 'description' | 'md5'> {
  const [id, description, md5] = tail.slice(3) as (string | null | undefined)[]
  return { id: id ?? null, description: description ?? null, md5: md5 ?? null }
}

const pairs = (list: readonly Param[]): Pairs => list.flat()

const params = (flat: Pairs): Param[] =>
  Array.from({ length: flat.length / 2 }, (_, i) => [flat[2 * i]!, flat[2 * i + 1]!] as const)
