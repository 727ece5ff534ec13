// What is looked at again and again is looked at by one question at a time: answers cannot overtake each other.

/**
 * `look`, never under way twice. Whoever asks meanwhile is answered by one more look after this one, so that what
 * happened before the asking is always seen; and a studio slower than the asking is not asked faster than it answers.
 * (`newest` is for questions that differ: there only the last one counts.)
 * @param {() => Promise<void>} look which tells its failures itself @returns {() => Promise<void>} settles when nothing is left to look at
 */
export function oneByOne(look) {
  let again = false;
  /** @type {Promise<void> | null} */
  let underWay = null;
  const all = async () => {
    try {
      do {
        again = false;
        await look();
      } while (again);
    } finally {
      underWay = null;
    }
  };
  return () => {
    again = true;
    underWay ??= all();
    return underWay;
  };
}
