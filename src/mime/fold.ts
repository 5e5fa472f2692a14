/**
 * The form in which texts are compared, by SEARCH, SORT and THREAD alike: two texts match when their folded forms do.
 *
 * After i;unicode-casemap (RFC 5051 §2), which takes the titlecase of each character and decomposes it. Here the whole is put in upper
 * case, between two decompositions, so that what only differs in case there (ß and SS, ﬁ and FI, ª and A) is equal too.
 */
export function foldText(text: string): string {
  return /^[\0-\x7f]*$/.test(text) ? text.toUpperCase() : text.normalize('NFKD').toUpperCase().normalize('NFKD')
}
