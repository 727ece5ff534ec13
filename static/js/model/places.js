// Where a training runs, as one line: what a person fills in becomes what the studio keeps.

/** @typedef {{name: string, text: string, words: string, about: string, looked_at: string}} Place */
/** @typedef {{name: string, label: string, hint: string}} PlaceField */

/** @type {{kind: string, title: string, words: string, fields: PlaceField[]}[]} */
export const PLACE_KINDS = [
  {
    kind: "ssh",
    title: "A machine over SSH",
    words: "The studio's own ssh connects, without a password: connect once by hand, and put a key there. LeRobot must be installed there.",
    fields: [
      { name: "host", label: "Host", hint: "gpu-box" },
      { name: "user", label: "User", hint: "as in ~/.ssh/config" },
      { name: "port", label: "Port", hint: "22" },
      { name: "folder", label: "Folder there", hint: "~/.cache/understudy" },
      { name: "python", label: "Python that has LeRobot", hint: "python3" },
    ],
  },
  {
    kind: "ray",
    title: "A Ray cluster",
    words: "Through Ray Jobs: the dashboard's address, and a folder or URL that the cluster and this machine both reach.",
    fields: [
      { name: "host", label: "Dashboard's host", hint: "head" },
      { name: "port", label: "Port", hint: "8265" },
      { name: "storage", label: "Shared folder or URL", hint: "/mnt/shared" },
      { name: "cards", label: "Graphics cards of a job", hint: "0" },
      { name: "python", label: "Python that has LeRobot", hint: "python3" },
    ],
  },
  {
    kind: "hf",
    title: "Hugging Face Jobs",
    words: "Rented by the minute and paid by the account that is signed in on this machine (hf auth login). The dataset goes there into a private repository.",
    fields: [
      { name: "flavour", label: "Hardware flavour", hint: "a10g-small" },
      { name: "user", label: "Account", hint: "who is signed in" },
      { name: "timeout", label: "Ends after at most", hint: "2d" },
    ],
  },
];

/** The line of a place. What is wrong in it, the studio says. @param {string} kind @param {Record<string, string>} given */
export function placeLine(kind, given) {
  const query = (/** @type {string[]} */ ...names) => {
    const kept = names.filter((name) => given[name]).map((name) => [name, given[name]]);
    return kept.length ? `?${new URLSearchParams(kept)}` : "";
  };
  const port = given.port ? `:${given.port}` : "";
  if (kind === "hf") return `hf://${given.flavour}${query("user", "timeout")}`;
  if (kind === "ray") return `ray+http://${given.host}${port}${query("storage", "cards", "python")}`;
  const folder = given.folder ? `/${encodeURI(given.folder).replace(/^\//, "")}` : "";
  return `ssh://${given.user ? `${given.user}@` : ""}${given.host}${port}${folder}${query("python")}`;
}
