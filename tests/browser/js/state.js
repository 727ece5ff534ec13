// A whole studio state for the tests of the models, as the server sends it while nothing happens.

/** @typedef {import("../../../static/js/core/messages.js").StudioState} StudioState */

/** @returns {StudioState} */
export function idleState() {
  return {
    version: "0",
    identity: { user: "local", role: "admin", client: "tab-1", denied: [] },
    rig: {
      name: "simulator", connected: true, simulated: true, robot_type: "so101_follower",
      joints: [
        { name: "shoulder_pan", unit: "deg", lower: -110, upper: 110, max_speed: 150, home: 0 },
        { name: "gripper", unit: "percent", lower: 0, upper: 100, max_speed: 120, home: 2 },
      ],
      phase: "holding", reason: "", control_hz: 60, fps: 30, realtime: true, lateness_p99_ms: 0.1, missed: 0,
      stopped_by: "", demonstrator: true, demonstrating: false, outcome: null, renderer: "gl", leader: null, sides: [], blind: false,
    },
    lease: { epoch: 0, held: false, mine: false, rank: null, label: "", asked_label: "", asked_by_me: false },
    cameras: [],
    ready: [],
    recorder: {
      phase: "idle", dataset: "d", task: "t", operator: "unknown", practice: false, saved_episodes: 12, planned_episodes: 50,
      countdown_s: null, take: null, last_saved: null, start_blocked: "", max_take_s: 60, disk_minutes: 90, fault: "", unfinished: 0,
    },
    notes: [],
    jobs: [],
    guidance: {
      off: "Dataset d has no plan: it records without targets.", plan: null, target: null, clusters: [], progress: null,
      queue: { pinned: "", first: [], skipped: [], back_possible: false }, causes: [], checklist: [], station: "",
      dataset: "d", camera: "top", goal_px: [], width: 640, height: 480, calibrated: true, simulated: true, place_for_me: "", hands_free: false, hold: 0,
      home_after_stop: true, homing: false,
    },
    checks: {
      lights: [], blocked: "", warnings: 0, override: null, during: [], verdict: null,
      reference: { present: false, made_at: "", cameras: [], capturing: false, automatic: true, blocked: "", steps: "" },
      cost_percent: null, disturbances: [],
    },
  };
}

/** @type {[number, number][]} a square of ten pixels, its front to the right */
export const OUTLINE = [[100, 210], [110, 210], [110, 200], [100, 200]];
/** @type {import("../../../static/js/core/messages.js").TargetState} */
export const TARGET = {
  key: "2/0/nominal//0", cluster: "2", position: 0, orientation: "along", kind: "nominal", cause: "", start: "nominal",
  held_out: false, place: { x_cm: 20, y_cm: 5, yaw_deg: 30 }, place_needed: true,
  request: "Put the tea bag at the mark: cluster 2, position 1.", instruction: "4 cm towards the mug, turn left 30 degrees",
  state: "move", reason: "", placed_source: "seen", word_given: false,
  seen: { place: { x_cm: 18, y_cm: 2, yaw_deg: 0 }, confidence: 0.9, offset_cm: 4, turn_deg: 30, outline_px: OUTLINE },
  target_px: OUTLINE, cluster_px: [], ghosts_px: [],
};
/** @type {import("../../../static/js/core/messages.js").PlanState} */
const PLAN = {
  version: 1, task: "t", object_name: "tea bag", object_length_cm: 6, object_width_cm: 4, goal_name: "mug", goal_x_cm: 10,
  goal_y_cm: -22, goal_radius_cm: 4, workspace: [], tolerance_cm: 1, tolerance_deg: 10, held_out: ["3"],
};
const CAUSES = [
  { name: "dropped_beside", words: "The tea bag fell beside the mug." },
  { name: "slipped_grasp", words: "The tea bag slipped out of the claws." },
];

/**
 * The idle state of a studio that follows a plan.
 * @param {Partial<StudioState["guidance"]>} [guidance] @param {Partial<StudioState["checks"]>} [checks]
 * @param {Partial<StudioState["recorder"]>} [recorder]
 */
export function guidedState(guidance = {}, checks = {}, recorder = {}) {
  const state = idleState();
  return {
    ...state,
    guidance: { ...state.guidance, off: "", plan: PLAN, target: TARGET, causes: CAUSES, ...guidance },
    checks: { ...state.checks, ...checks },
    recorder: { ...state.recorder, ...recorder },
  };
}

/** @param {Partial<StudioState["recorder"]>} recorder @param {Partial<StudioState["rig"]>} [rig] @param {Partial<StudioState["lease"]>} [lease] */
export function view(recorder = {}, rig = {}, lease = {}) {
  const state = idleState();
  return {
    connected: true,
    state: {
      ...state,
      recorder: { ...state.recorder, ...recorder },
      rig: { ...state.rig, ...rig },
      lease: { ...state.lease, ...lease },
    },
  };
}

export const TAKE = { uuid: "u", rows: 294, elapsed_s: 9.84, repeated: 0, missed: 0, recovery_open: false, recovery_rows: 0 };
export const SAVED = {
  dataset: "d", episode_index: 11, uuid: "u", rows: 294, duration_s: 9.8, repeated: 0, bytes: 1,
  outcome: /** @type {const} */ ("success"), undoable: true,
};
