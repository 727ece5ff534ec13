// What can be done to a whole dataset: each edit's questions, and what is sent when they are answered.

/** @typedef {import("../elements/form-sheet.js").Form} Form */
/** @typedef {import("../elements/form-sheet.js").Values} Values */
/** @typedef {(kind: string, body: object) => Promise<void>} Start starts a job */
/** @typedef {(path: string, options?: RequestInit) => Promise<any>} Ask */
/** @typedef {{part: string, name: string, episodes: number}} Part */

export const NAME_PATTERN = "[A-Za-z0-9][A-Za-z0-9_\\-]*(\\.[A-Za-z0-9_\\-]+)*";

/** @param {Part[]} parts "train 8, held-out 2 episodes" */
export function partsInWords(parts) {
  return `Makes ${parts.map((one) => `${one.name} (${one.episodes})`).join(", ")}. ${parts.length} new datasets; this one stays as it is.`;
}

/** @param {{words: string, mendable: boolean}[]} differences @param {number} episodes */
export function mergeInWords(differences, episodes) {
  if (!differences.length) return `${episodes} episodes in all. They fit together.`;
  const final = differences.filter((one) => !one.mendable);
  const said = (final.length ? final : differences).map((one) => one.words).join("; ");
  return final.length ? `They cannot be merged: ${said}.` : `Their videos differ: ${said}. Have them encoded again to merge.`;
}

/** @param {string} dataset @param {Start} start @param {Ask} ask @returns {Form} */
export function splitForm(dataset, start, ask) {
  return {
    title: `Split ${dataset}`,
    intro: "Makes a new dataset of each part. This one stays.",
    fields: [
      {
        name: "by",
        label: "By",
        kind: "choice",
        value: "held_out",
        choices: [
          { value: "held_out", label: "Held-out cluster", hint: "training here, the cluster that the plan holds out there" },
          { value: "verdict", label: "Verdict", hint: "accepted, rejected, undecided" },
          { value: "cluster", label: "Cluster", hint: "one dataset a cluster" },
        ],
      },
      { name: "without_rejected", label: "Leave rejected episodes out", kind: "check" },
    ],
    button: "Split",
    changed: (values, say) => {
      const query = new URLSearchParams({ by: String(values.by), without_rejected: String(values.without_rejected) });
      ask(`/api/datasets/${encodeURIComponent(dataset)}/parts?${query}`).then(
        (parts) => say(partsInWords(parts)),
        (error) => say(error.message),
      );
    },
    send: (values) => start("dataset.split", { dataset, by: values.by, without_rejected: values.without_rejected }),
  };
}

/** @param {string} dataset @param {string[]} others @param {Start} start @param {Ask} ask @returns {Form} */
export function mergeForm(dataset, others, start, ask) {
  return {
    title: `Merge with ${dataset}`,
    intro: "Makes one new dataset of several. They all stay.",
    fields: [
      { name: "others", label: "Which", kind: "checks", choices: others.map((name) => ({ value: name, label: name })) },
      { name: "name", label: "Name of the new dataset", value: `${dataset}-merged`, pattern: NAME_PATTERN },
      { name: "encode_again", label: "Encode videos again where they differ", kind: "check", hint: "takes long" },
    ],
    button: "Merge",
    changed: (values, say) => {
      const chosen = /** @type {string[]} */ (values.others);
      if (!chosen.length) return say("Choose at least one.");
      const query = chosen.map((name) => `other=${encodeURIComponent(name)}`).join("&");
      ask(`/api/datasets/${encodeURIComponent(dataset)}/merge?${query}`).then(
        (found) => say(mergeInWords(found.differences, found.episodes)),
        (error) => say(error.message),
      );
    },
    send: (values) =>
      start("dataset.merge", { datasets: [dataset, .../** @type {string[]} */ (values.others)], name: values.name, encode_again: values.encode_again }),
  };
}

/** @param {string} dataset @param {string[]} tasks @param {Start} start @returns {Form} */
export function taskForm(dataset, tasks, start) {
  return {
    title: "Rename a task",
    intro: "Every episode that has it gets the new words.",
    fields: [
      { name: "old", label: "Task", kind: "choice", value: tasks[0], choices: tasks.map((task) => ({ value: task, label: task })) },
      { name: "new", label: "New words", value: tasks[0] ?? "" },
    ],
    button: "Rename",
    send: (values) => start("dataset.task", { dataset, old: values.old, new: values.new }),
  };
}

/** @param {string} dataset @param {Start} start @returns {Form} */
export function verifyForm(dataset, start) {
  return {
    title: `Verify ${dataset}`,
    intro: "Looks at every table, row and picture. Recording may go on meanwhile.",
    fields: [{ name: "repair", label: "Repair what can be repaired", kind: "check", hint: "on a copy; what was there before goes to the trash" }],
    button: "Verify",
    send: (values) => start("dataset.verify", { dataset, repair: values.repair }),
  };
}

/** @param {string} dataset @param {string[]} versions @param {Start} start @returns {Form} */
export function publishForm(dataset, versions, start) {
  const what = [{ value: "", label: "The dataset as it is now" }, ...versions.map((name) => ({ value: name, label: `Version ${name}` }))];
  return {
    title: `Publish ${dataset}`,
    intro: "With a dataset card made from its facts. Sign-in comes from this machine (hf auth login, AWS keys); it is never shown.",
    fields: [
      { name: "version", label: "What", kind: "choice", value: "", choices: what },
      { name: "target", label: "Where", placeholder: "name/dataset on the Hugging Face Hub, or s3://bucket/folder", pattern: "[\\w.\\-]+/[\\w.\\-]+|[a-z][a-z0-9+.\\-]*://\\S+" },
      { name: "licence", label: "Licence", value: "apache-2.0", pattern: "[a-z0-9][a-z0-9.\\-]{0,40}" },
      { name: "private", label: "Private on the Hub", kind: "check", value: true },
      { name: "with_reviews", label: "Include what reviewers wrote", kind: "check" },
    ],
    button: "Publish",
    send: (values) => {
      const base = { dataset, version: values.version, licence: values.licence, with_reviews: values.with_reviews };
      const target = String(values.target);
      if (target.includes("://")) return start("dataset.publish.url", { ...base, url: target });
      return start("dataset.publish.hub", { ...base, repo_id: target, private: values.private });
    },
  };
}

/**
 * What a trim would cut off, and why it cannot be done where it cannot.
 * @param {number} from @param {number} to @param {number} rows
 */
export function trimInWords(from, to, rows) {
  if (![from, to, rows].every(Number.isFinite)) return { enabled: false, words: "Mark the frames worth keeping first." };
  if (from <= 0 && to >= rows) return { enabled: false, words: "All frames are kept: mark a later start or an earlier end." };
  if (from < 0 || to > rows || to - from < 2) return { enabled: false, words: "Keep two frames or more of this episode." };
  const parts = [from > 0 ? `${from} at the start` : "", to < rows ? `${rows - to} at the end` : ""].filter(Boolean);
  return { enabled: true, words: `Cuts off ${parts.join(" and ")} of ${rows} frames. The old episode stays in the trash.` };
}
