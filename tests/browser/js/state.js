// A whole studio state for the tests of the models, as the server sends it while nothing happens.

/** @typedef {import("../../../static/js/core/messages.js").StudioState} StudioState */

/** @returns {StudioState} */
export function idleState() {
  return {
    version: "0",
    identity: { user: "local", role: "admin", client: "tab-1" },
    rig: {
      name: "simulator", connected: true, simulated: true, robot_type: "so101_follower",
      joints: [
        { name: "shoulder_pan", unit: "deg", lower: -110, upper: 110, max_speed: 150, home: 0 },
        { name: "gripper", unit: "percent", lower: 0, upper: 100, max_speed: 120, home: 2 },
      ],
      phase: "holding", reason: "", control_hz: 60, fps: 30, realtime: true, lateness_p99_ms: 0.1, missed: 0,
      stopped_by: "", demonstrator: true, demonstrating: false, outcome: null, renderer: "gl",
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
