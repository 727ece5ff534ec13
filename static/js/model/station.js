// What a station's set-up knows and works out: which port vanished, how far a joint was swept, the rig file's content.

/** @typedef {{path: string, device: string, adapter: string, vendor: string, product: string, serial: string}} Port */
/** @typedef {"follower" | "leader"} Role */
/** @typedef {{port: string, id: string, fingerprint: string}} ArmDraft */
/** @typedef {{path: string, name: string, lock: Record<string, number>, driver?: "v4l2" | "virtual"}} CameraDraft */
/** @typedef {{name: string, on_fault: "hold" | "limp", follower: ArmDraft, leader: ArmDraft, cameras: CameraDraft[], virtual: boolean}} Draft */
/** @typedef {{name: string, servo: number, good_deg: number, turns: boolean}} Joint */
/** @typedef {{now: number, low: number | null, high: number | null, passed?: boolean}} Range */

export const STEPS = /** @type {const} */ ([
  { key: "ports", title: "Find the ports", good: "One adapter for each arm, each by its USB name, so that it stays right after a restart." },
  { key: "servos", title: "Motors' ids", good: "Six servos answer on each arm, ids 1 to 6 from base to gripper." },
  { key: "follower", title: "Calibrate the follower", good: "Every bar green: each joint was turned from stop to stop." },
  { key: "leader", title: "Calibrate the leader", good: "Every bar green; the leader's pose then means the same as the follower's." },
  { key: "guard", title: "Right arm, and copies", good: "What the servos hold is what the file says: the rig then refuses any other arm." },
  { key: "cameras", title: "Name and lock the cameras", good: "Each picture has the name of what it sees, and exposure, white balance and gain stay put." },
  { key: "motion", title: "Test motion", good: "Every joint goes 4 degrees there and back, and says so." },
  { key: "save", title: "Save the rig", good: "One file that opens this station, and the next one with other ports and ids." },
  { key: "after", title: "On the real rig", good: "Reference pictures captured and the table calibrated: targets are drawn and checks compare." },
]);

/** @returns {Draft} */
export function freshDraft() {
  return {
    name: "station-1", on_fault: "hold", virtual: false, cameras: [],
    follower: { port: "", id: "follower_a", fingerprint: "" }, leader: { port: "", id: "leader_a", fingerprint: "" },
  };
}

/**
 * The ports that went and came between two looks: an adapter pulled out tells which one it is.
 * @param {Port[]} before @param {Port[]} now
 */
export function changes(before, now) {
  const had = new Set(before.map((port) => port.path));
  const has = new Set(now.map((port) => port.path));
  return { gone: before.filter((port) => !has.has(port.path)), come: now.filter((port) => !had.has(port.path)) };
}

/**
 * How far a joint was swept, in degrees and as a share of what is good.
 * @param {Joint} joint @param {Range | undefined} range @param {number} steps encoder steps of a turn
 */
export function sweep(joint, range, steps) {
  if (joint.turns) return { degrees: 360, share: 1, good: true };
  const low = range?.low ?? null;
  const high = range?.high ?? null;
  const degrees = low === null || high === null ? 0 : ((high - low) * 360) / steps;
  // Past the encoder's end the two stops say nothing: the middle was taken too far off.
  return { degrees, share: Math.min(1, degrees / joint.good_deg), good: degrees >= joint.good_deg && !range?.passed };
}

/**
 * Why a rig cannot be saved yet, "" when it can.
 * @param {Draft} draft
 */
export function unsaveable(draft) {
  if (!draft.follower.port) return "Choose the follower's port (step 1)";
  if (draft.follower.port === draft.leader.port) return "Follower and leader have the same port (step 1)";
  if (!/^[a-z0-9][a-z0-9._-]{0,40}$/.test(draft.name)) return "The name is small letters, digits, . _ and -";
  const names = draft.cameras.map((camera) => camera.name).filter(Boolean);
  if (!names.length) return "Name a camera, a virtual one where there is none (step 6)";
  if (new Set(names).size < names.length) return "Two cameras have the same name (step 6)";
  return names.every((name) => /^[a-z][a-z0-9_]*$/.test(name)) ? "" : "A camera's name is small letters, digits and _";
}

/**
 * The rig file's content as the server reads it.
 * @param {Draft} draft @param {string} folder where the calibrations lie, "" for LeRobot's own
 */
export function rigOf(draft, folder = "") {
  const arm = (/** @type {ArmDraft} */ one, /** @type {string} */ type) => ({
    type, id: one.id, port: one.port,
    ...(one.fingerprint ? { fingerprint: one.fingerprint } : {}),
    ...(folder ? { calibration_dir: folder } : {}),
  });
  const named = draft.cameras.filter((camera) => camera.name);
  const cameras = named.map(({ name, driver, path, lock }) => ({
    name, ...(driver === "virtual" ? { driver } : {}), path, ...(Object.keys(lock).length ? { lock } : {}),
  }));
  return {
    name: draft.name,
    arm: { ...arm(draft.follower, "so101_follower"), on_fault: draft.on_fault },
    ...(draft.leader.port ? { leader: arm(draft.leader, "so101_leader") } : {}),
    cameras,
  };
}

/** @param {string} text as the header says it: "exposure=120,gain=10" @returns {Record<string, number>} */
export function controlsOf(text) {
  const pairs = text.split(",").filter(Boolean).map((pair) => pair.split("="));
  return Object.fromEntries(pairs.map(([name, value]) => [name, Number(value)]));
}
