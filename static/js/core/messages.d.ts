// Made from app/web/protocol.py by `python -m app.web.typegen`; a test proves it current. Do not edit.

/**
 * What the arm does under control.
 *
 * holding: no command is applied, the last target stays. ramping: engaging from
 * where the arm is. following: commands pass, clamped. stopped: the emergency
 * stop is latched. faulted: the device failed; see the reason.
 */
export type ControlPhase = "starting" | "holding" | "ramping" | "following" | "stopped" | "faulted";

/**
 * A job waits, runs, and ends in one of three ways; it never goes back.
 */
export type JobState = "queued" | "running" | "done" | "failed" | "cancelled";

export type Outcome = "success" | "partial" | "failure";

/**
 * Where the recorder is; the same badge on every page.
 */
export type Phase = "idle" | "countdown" | "recording" | "paused" | "deciding" | "saving";

/**
 * Who commands. A person preempts a program; the emergency stop stands above both.
 */
export type Rank = "person" | "program";

/**
 * How a take begins: nominal, or one of the partly failed states a recovery starts from.
 */
export type Start = "nominal" | "dropped_beside" | "slipped_grasp" | "knocked_over" | "missed_grasp" | "near_goal";

/**
 * The arm at one recording tick. `clamped` names the limits that cut the command.
 */
export interface ArmSample {
  type: "arm";
  monotonic_ns: number;
  position: number[];
  target: number[];
  clamped: string[];
  tool_mm: number[];
}

/**
 * The heartbeat, every 100 ms while this client holds the lease.
 */
export interface Beat {
  id?: number;
  type: "beat";
}

/**
 * One body of the simulated scene: metres and quaternion (w, x, y, z) in the workspace frame.
 */
export interface BodyPose {
  body: number;
  position: number[];
  quaternion: number[];
}

export interface CameraState {
  name: string;
  width: number;
  height: number;
  fps: number;
  index: number;
  measured_fps: number | null;
  lost: boolean;
  reason: string;
}

/**
 * One section of the state, whole.
 */
export interface Changed {
  type: "changed";
  section: "rig" | "lease" | "cameras" | "ready" | "recorder" | "notes" | "jobs";
  value: RigState | LeaseState | CameraState[] | ReadyItem[] | RecorderState | NoteState[] | JobSummary[];
}

/**
 * Watch the scripted demonstrator perform the task once.
 */
export interface Demonstrate {
  id?: number;
  type: "demonstrate";
  seed?: number | null;
}

/**
 * Latched; needs no lease.
 */
export interface EmergencyStop {
  id?: number;
  type: "stop";
}

export interface GoHome {
  id?: number;
  type: "home";
}

export interface Hello {
  type: "hello";
  server_ns: number;
  state: StudioState;
}

export interface IdentityState {
  user: string;
  role: string;
  client: string;
}

/**
 * Where a job's result is looked at.
 */
export interface JobLink {
  label: string;
  url: string;
}

/**
 * One job: long work in a child process. `fraction` is 0..1, `rate` in `unit` per second; null is unknown.
 *
 * `text` is how far it is, or how it ended; `todo` what to do about a failure;
 * `waits` why it has not started. `about` names the datasets, models or runs it belongs to.
 */
export interface JobSummary {
  id: string;
  kind: string;
  title: string;
  state: JobState;
  about: string[];
  by: string;
  created_at: string;
  started_at: string;
  ended_at: string;
  text: string;
  todo: string;
  code: string;
  waits: string;
  cancelling: boolean;
  fraction: number | null;
  step: number | null;
  steps: number | null;
  unit: string;
  rate: number | null;
  left_s: number | null;
  links: JobLink[];
}

/**
 * Cartesian velocity of the tool: m/s in the base frame (x ahead, y left, z up), deg/s, percent/s.
 */
export interface Jog {
  id?: number;
  type: "jog";
  sequence: number;
  linear_m_s?: [number, number, number];
  pitch_deg_s?: number;
  roll_deg_s?: number;
  gripper_per_s?: number;
}

/**
 * Velocity of each joint, in joint units per second.
 */
export interface JogJoints {
  id?: number;
  type: "jog.joints";
  sequence: number;
  speed: number[];
}

export interface JointState {
  name: string;
  unit: "deg" | "percent";
  lower: number;
  upper: number;
  max_speed: number;
  home: number;
}

/**
 * Take the lease, or ask its holder for it when that is a person.
 *
 * `label` is shown to everybody; `input` (keyboard, gamepad, touch, program) becomes the episode's column.
 */
export interface LeaseAcquire {
  id?: number;
  type: "lease.acquire";
  label: string;
  input?: string;
}

export interface LeaseAnswer {
  id?: number;
  type: "lease.answer";
  grant: boolean;
}

export interface LeaseRelease {
  id?: number;
  type: "lease.release";
}

/**
 * Who may move the arm. `mine` is true for the client this state is sent to.
 */
export interface LeaseState {
  epoch: number;
  held: boolean;
  mine: boolean;
  rank: Rank | null;
  label: string;
  asked_label: string;
  asked_by_me: boolean;
}

/**
 * The picture is on the canvas; the next of this camera may come. `age_ms` is exposure to canvas.
 */
export interface LiveAck {
  type: "ack";
  camera: number;
  index: number;
  age_ms?: number | null;
}

/**
 * First message on `/ws/live`, and again when it changes: the cameras this page shows ([] pauses).
 */
export interface LiveWatch {
  type: "watch";
  cameras: string[];
}

/**
 * One entry of the event list. `id` is stable, `cleared` when its cause has gone.
 */
export interface NoteState {
  id: number;
  level: "info" | "warn" | "error";
  code: string;
  text: string;
  at: string;
  cleared: boolean;
}

/**
 * Measures the clock offset: `pong` returns `client_ms` and the server's clock.
 */
export interface Ping {
  id?: number;
  type: "ping";
  client_ms: number;
}

/**
 * Simulator: put the object there; with `start`, put the whole scene into that state.
 */
export interface PlaceObject {
  id?: number;
  type: "place";
  x_cm: number;
  y_cm: number;
  yaw_deg: number;
  start?: Start | null;
}

export interface Pong {
  type: "pong";
  client_ms: number;
  server_ns: number;
}

/**
 * One line of the readiness panel. `level` block disables Start; `todo` says what mends it.
 */
export interface ReadyItem {
  key: string;
  label: string;
  level: "ok" | "warn" | "block";
  text: string;
  todo: string;
}

/**
 * When the rig received a motion command of the holder, and when it was applied; at most 50 a second.
 */
export interface ReceiptSample {
  type: "receipt";
  sequence: number;
  received_ns: number;
  applied_ns: number;
}

/**
 * The least destructive way out: cancels a countdown, stops a take into deciding.
 */
export interface RecordCancel {
  id?: number;
  type: "record.cancel";
}

/**
 * Drop the take; with `again`, start the countdown of its repetition at once.
 */
export interface RecordDiscard {
  id?: number;
  type: "record.discard";
  again?: boolean;
}

export interface RecordPause {
  id?: number;
  type: "record.pause";
}

export interface RecordResume {
  id?: number;
  type: "record.resume";
}

/**
 * End the take where it still runs, label it, and save it.
 */
export interface RecordSave {
  id?: number;
  type: "record.save";
  outcome?: Outcome | null;
  recovery_cause?: string;
}

/**
 * What is recorded into, and by whom; null leaves a setting as it is.
 */
export interface RecordSetup {
  id?: number;
  type: "record.setup";
  dataset?: string | null;
  task?: string | null;
  operator?: string | null;
  practice?: boolean | null;
  max_take_s?: number | null;
}

/**
 * Begin the countdown. `skip_countdown` is for the headless path.
 */
export interface RecordStart {
  id?: number;
  type: "record.start";
  skip_countdown?: boolean;
}

/**
 * End the take and decide.
 */
export interface RecordStop {
  id?: number;
  type: "record.stop";
}

/**
 * Take back the last save: the episode leaves the dataset and is kept in the trash of takes.
 */
export interface RecordUndo {
  id?: number;
  type: "record.undo";
}

/**
 * The recorder. `start_blocked` is the one reason why Start is disabled ("" when it is not).
 */
export interface RecorderState {
  phase: Phase;
  dataset: string;
  task: string;
  operator: string;
  practice: boolean;
  saved_episodes: number;
  planned_episodes: number | null;
  countdown_s: number | null;
  take: TakeState | null;
  last_saved: SavedState | null;
  start_blocked: string;
  max_take_s: number;
  disk_minutes: number | null;
  fault: string;
  unfinished: number;
}

/**
 * Mark the beginning (`open`) or the end of a recovery in the running take.
 */
export interface RecoveryMark {
  id?: number;
  type: "record.recovery";
  open: boolean;
}

/**
 * The answer to a command. On `ok` false, `code`, `text` and `todo` say why and what to do.
 */
export interface ReplyMessage {
  type: "reply";
  id: number;
  ok: boolean;
  code: string;
  text: string;
  todo: string;
}

export interface ResetStop {
  id?: number;
  type: "stop.reset";
}

/**
 * What the arm is and does. `simulated` drives the SIM or REAL sign.
 *
 * `renderer` is how pictures come to be: camera, gl, painter, prerendered, or "" while unknown.
 */
export interface RigState {
  name: string;
  connected: boolean;
  simulated: boolean;
  renderer: string;
  robot_type: string;
  joints: JointState[];
  phase: ControlPhase;
  reason: string;
  control_hz: number;
  fps: number;
  realtime: boolean;
  lateness_p99_ms: number | null;
  missed: number;
  stopped_by: string;
  demonstrator: boolean;
  demonstrating: boolean;
  outcome: Outcome | null;
}

/**
 * The receipt of the last save: said only after the files were reopened.
 */
export interface SavedState {
  dataset: string;
  episode_index: number;
  uuid: string;
  rows: number;
  duration_s: number;
  repeated: number;
  bytes: number;
  outcome: Outcome | null;
  undoable: boolean;
}

/**
 * Where the simulated scene's bodies are, to whoever watches the free view.
 */
export interface SceneSample {
  type: "scene";
  bodies: BodyPose[];
}

/**
 * Simulator: start or stop the free view's poses for this client.
 */
export interface SceneWatch {
  id?: number;
  type: "scene.watch";
  on: boolean;
}

/**
 * Everything a page needs, section by section; `changed` replaces one section.
 */
export interface StudioState {
  version: string;
  identity: IdentityState;
  rig: RigState;
  lease: LeaseState;
  cameras: CameraState[];
  ready: ReadyItem[];
  recorder: RecorderState;
  notes: NoteState[];
  jobs: JobSummary[];
}

export interface TakeState {
  uuid: string;
  rows: number;
  elapsed_s: number;
  repeated: number;
  missed: number;
  recovery_open: boolean;
  recovery_rows: number;
}

/**
 * Absolute joint targets.
 */
export interface Target {
  id?: number;
  type: "target";
  sequence: number;
  position: number[];
}

export type ServerMessage =
  | Hello
  | Changed
  | ArmSample
  | ReceiptSample
  | SceneSample
  | ReplyMessage
  | Pong;

export type ClientMessage =
  | Ping
  | LeaseAcquire
  | LeaseAnswer
  | LeaseRelease
  | Beat
  | Jog
  | JogJoints
  | Target
  | GoHome
  | EmergencyStop
  | ResetStop
  | RecordStart
  | RecordCancel
  | RecordPause
  | RecordResume
  | RecordStop
  | RecordSave
  | RecordDiscard
  | RecordUndo
  | RecoveryMark
  | RecordSetup
  | PlaceObject
  | Demonstrate
  | SceneWatch;

export type LiveMessage =
  | LiveWatch
  | LiveAck;
