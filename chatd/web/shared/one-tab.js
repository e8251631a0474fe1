// One tab at a time, where the browser grants locks; a page in a sandbox is refused them.
/** @template T @param {string} name @param {() => Promise<T>} work @returns {Promise<T>} */
export async function inOneTab(name, work) {
  let begun = false;
  const begin = () => {
    begun = true;
    return work();
  };
  try {
    return await navigator.locks.request(name, begin);
  } catch (error) {
    if (begun) throw error;
    return work();
  }
}
