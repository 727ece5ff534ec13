// Made from app/web/protocol/ by `python -m app.web.typegen`; a test proves it current. Do not edit.

/**
 * How an action that is queued and a newer one for the same step become one; LeRobot's names.
 */
export type Aggregation = "weighted_average" | "latest_only" | "average" | "conservative";

export type Colour = "green" | "amber" | "red";

/**
 * What the arm does under control.
 *
 * holding: no command is applied, the last target stays. ramping: engaging from
 * where the arm is. following: commands pass, clamped. stopped: the emergency
 * stop is latched. faulted: the device failed; see the reason.
 */
export type ControlPhase = "starting" | "holding" | "ramping" | "following" | "stopped" | "faulted";

export type EpisodeKind = "nominal" | "recovery";

/**
 * What the arm does when a policy's queue runs dry.
 *
 * hold: it stays at the last target. slow: it executes what is left more slowly
 * before, then holds. retreat: it holds for a second, then goes back the way it came.
 */
export type Fallback = "hold" | "slow" | "retreat";

/**
 * A job waits, runs, and ends in one of three ways; it never goes back.
 */
export type JobState = "queued" | "running" | "done" | "failed" | "cancelled";

/**
 * How bad. `unsure`: it could not be judged (no reference, no picture), which is not the same as well.
 */
export type Level = "ok" | "unsure" | "warn" | "fail";

export type Mode = "synchronous" | "asynchronous" | "ensembling" | "rtc";

export type Outcome = "success" | "partial" | "failure";

/**
 * Where the recorder is; the same badge on every page.
 */
export type Phase = "idle" | "countdown" | "recording" | "paused" | "deciding" | "saving";

/**
 * Who says where the object lay: vision, the operator, or the simulator.
 */
export type PlacedSource = "seen" | "operator" | "simulator" | "";

/**
 * in_place is green; move says how; unseen asks for the operator's word.
 */
export type PlacementState = "in_place" | "move" | "unseen";

/**
 * Who commands. A person preempts a program; the emergency stop stands above both.
 */
export type Rank = "person" | "program";

/**
 * What a policy's run does.
 *
 * waiting: the first look. entering: a gentle ramp to a chunk's first target.
 * starved: nothing is queued, the fallback holds or retreats. held: something
 * was refused, the reason says what; a person resumes or ends. taken_over: a
 * person moves the arm, until it is handed back or finished.
 */
export type RunPhase = "waiting" | "entering" | "executing" | "starved" | "retreating" | "paused" | "held" | "taken_over" | "ended";

/**
 * How the pull fades between the delay and the horizon; LeRobot's RTCAttentionSchedule.
 */
export type Schedule = "zeros" | "ones" | "linear" | "exp";

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
 * A cause a recovery may be given, and what it means.
 */
export interface CauseState {
  name: string;
  words: string;
}

/**
 * One section of the state, whole.
 */
export interface Changed {
  type: "changed";
  section: "rig" | "lease" | "cameras" | "ready" | "recorder" | "guidance" | "checks" | "notes" | "jobs" | "policy";
  value: RigState | LeaseState | CameraState[] | ReadyItem[] | RecorderState | GuidanceState | ChecksState | NoteState[] | JobSummary[] | PolicyState;
}

/**
 * One line of the session's checklist; null takes the answer back.
 */
export interface ChecklistAnswer {
  id?: number;
  type: "checklist.answer";
  key: string;
  answer: boolean | null;
}

/**
 * One line of the session's checklist. `answer` is null while it was not answered.
 */
export interface ChecklistState {
  key: string;
  text: string;
  why: string;
  answer: boolean | null;
}

/**
 * A lead lets takes start in spite of hard failures, with a reason that is recorded; "" lifts it.
 */
export interface ChecksOverride {
  id?: number;
  type: "checks.override";
  reason: string;
}

/**
 * Put a soft finding aside for the session (or, with `on` false, take it up again); recorded with every take.
 */
export interface ChecksSnooze {
  id?: number;
  type: "checks.snooze";
  key: string;
  on?: boolean;
}

/**
 * Everything the checks say now.
 *
 * `blocked` is why Start is disabled by a failed hard check ("" when it is not, or when `override` lifts it).
 * `during` are the findings of the running take that are not ok; `verdict` is about the take that waits for a
 * decision, or the last one decided. `cost_percent` is the checks' share of one core over the last seconds.
 */
export interface ChecksState {
  lights: LightState[];
  blocked: string;
  warnings: number;
  override: OverrideState | null;
  during: FindingState[];
  verdict: VerdictState | null;
  reference: ReferenceState;
  cost_percent: number | null;
  disturbances: DisturbanceState[];
}

/**
 * What the next run would be. `delay_s` or `stages_s` emulate a slower device, named `delay_label`.
 *
 * `execute` 0 takes the policy's own. `dataset` is where takes of the run go, "" for nowhere. A look that takes
 * longer than `look_limit_s` is cut off, the fallback taken and the policy's process ended: `cut_off_s`, or far
 * beyond what was timed where that is 0.
 */
export interface ChoiceState {
  mode: Mode;
  execute: number;
  threshold: number;
  aggregation: Aggregation;
  coefficient: number;
  horizon: number;
  schedule: Schedule;
  fallback: Fallback;
  task: string;
  delay_s: number;
  stages_s: Record<string, number>;
  delay_label: string;
  dataset: string;
  cut_off_s: number;
  look_limit_s: number;
  words: string;
}

/**
 * One cluster of the mini-map: where it is (cm, centre and size), what it has and what it should have.
 *
 * `outline_px` is its border in the top picture. `first` is its place in the lead's order, null without one.
 */
export interface ClusterState {
  name: string;
  x_cm: number;
  y_cm: number;
  size_x_cm: number;
  size_y_cm: number;
  outline_px: [number, number][];
  held_out: boolean;
  nominal: number;
  nominal_planned: number;
  recovery: number;
  recovery_planned: number;
  rejected: number;
  pinned: boolean;
  first: number | null;
}

/**
 * A device that can be emulated: `label` says whose latency it is.
 */
export interface DelayPreset {
  key: string;
  label: string;
  seconds: number;
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
 * A right that the role does not reach, and the sentence that a dead button says.
 */
export interface DeniedState {
  right: string;
  why: string;
}

/**
 * Simulator: put something wrong by that much, as in nudge.top 1 (degree); 0 mends it, `clear` mends all.
 */
export interface Disturb {
  id?: number;
  type: "disturb";
  name: string;
  amount?: number;
}

/**
 * Simulator: something put wrong on request; `amount` in `unit`.
 */
export interface DisturbanceState {
  name: string;
  amount: number;
  unit: string;
}

/**
 * Latched; needs no lease.
 */
export interface EmergencyStop {
  id?: number;
  type: "stop";
}

/**
 * Whether the queue will hold out, from what was measured here and what is emulated.
 *
 * `execute_s` is how long a chunk lasts (T_exec = H / fps), `delay_steps` how many of its steps pass during a look
 * at p95. `smallest_threshold` is the least that is safe, null where none is; `highest_hz` the highest rate without
 * starvation. `sentences` say why it is this colour, `remedies` what would turn it green. `measured` false: no
 * look was timed yet, all numbers are null.
 */
export interface FeasibilityState {
  colour: Colour;
  measured: boolean;
  p50_s: number | null;
  p95_s: number | null;
  execute_s: number;
  delay_steps: number | null;
  smallest_threshold: number | null;
  highest_hz: number | null;
  rate_hz: number;
  sentences: string[];
  remedies: string[];
  emulated: string;
}

/**
 * What one check says. `key` is what a snooze names; `subject` the camera or joint, "" for the whole.
 *
 * `hard`: on fail it disables Start; a soft one (warn) may be snoozed. `unsure` is not the same as well.
 */
export interface FindingState {
  key: string;
  check: string;
  label: string;
  level: Level;
  text: string;
  todo: string;
  numbers: NumberState[];
  subject: string;
  hard: boolean;
  snoozed: boolean;
}

/**
 * Let the arm follow the rig's leader arm, ramping to it; any other motion command ends it. `on` false holds.
 */
export interface FollowLeader {
  id?: number;
  type: "lead";
  on?: boolean;
}

export interface GoHome {
  id?: number;
  type: "home";
}

/**
 * Where the object goes next, and how far the plan has come.
 *
 * `dataset` is what all of this is about. `off` says why nothing is asked for ("" while guidance leads); without a
 * plan `plan` is null and the command `plan.default` makes one. `camera` is the one that outlines are drawn on,
 * `width` x `height` its picture, `goal_px` the goal's rim in it. `station` is "2/3" where stations share the plan,
 * "" for one. `place_for_me` says why the simulator cannot place the object now ("" when it can, as the button's
 * reason). `hold` goes from 0 to 1 while hands-free waits for the object to lie still in place. `homing`: the arm
 * drives home after a stop.
 */
export interface GuidanceState {
  dataset: string;
  off: string;
  plan: PlanState | null;
  target: TargetState | null;
  clusters: ClusterState[];
  progress: ProgressState | null;
  queue: QueueState;
  causes: CauseState[];
  checklist: ChecklistState[];
  station: string;
  camera: string;
  goal_px: [number, number][];
  width: number;
  height: number;
  calibrated: boolean;
  simulated: boolean;
  place_for_me: string;
  hands_free: boolean;
  hold: number;
  home_after_stop: boolean;
  homing: boolean;
}

/**
 * In place for one second starts the countdown. Off until somebody asks for it; kept for the session.
 */
export interface HandsFree {
  id?: number;
  type: "hands_free";
  on: boolean;
}

export interface Hello {
  type: "hello";
  server_ns: number;
  state: StudioState;
}

/**
 * Whether the arm drives home, ramped, when a take has ended; kept across restarts.
 */
export interface HomeAfterStop {
  id?: number;
  type: "home_after_stop";
  on: boolean;
}

/**
 * Who this client is. `denied` is empty for an admin, and on loopback, where nobody signs in.
 */
export interface IdentityState {
  user: string;
  role: string;
  client: string;
  denied: DeniedState[];
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
 *
 * A rig of two arms needs the `side` that is driven; each has a base frame of its own.
 */
export interface Jog {
  id?: number;
  type: "jog";
  sequence: number;
  linear_m_s?: [number, number, number];
  pitch_deg_s?: number;
  roll_deg_s?: number;
  gripper_per_s?: number;
  side?: "" | "left" | "right";
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
 * The teleoperator's arm: whether the follower follows it now, and why it cannot ("" when it can).
 *
 * `driven`: it goes to the arm before it is followed, instead of the arm to it.
 */
export interface LeaderState {
  name: string;
  driven: boolean;
  following: boolean;
  problem: string;
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
 * One light of the row: its worst finding's level, sentence and remedy; all of its findings behind a fold.
 *
 * Snoozed findings do not raise the level; `snoozed` counts them.
 */
export interface LightState {
  key: string;
  label: string;
  level: Level;
  text: string;
  todo: string;
  subject: string;
  snoozed: number;
  findings: FindingState[];
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
 * The run, or the last one. `reason` says why it is held, starved, taken over or ended.
 *
 * `emulated` labels an injected latency, "" where there is none. `take` is true while a take of it is recorded;
 * `episodes` are those saved so far, `dataset` is where the next goes; `taken_over_by` names the person while one
 * has the arm.
 */
export interface LiveRunState {
  number: number;
  phase: RunPhase;
  reason: string;
  policy: string;
  strategy: string;
  fallback: Fallback;
  emulated: string;
  by: string;
  taken_over_by: string;
  takeovers: number;
  elapsed_s: number;
  dataset: string;
  take: boolean;
  episodes: number;
  figures: RunFigures;
}

/**
 * First message on `/ws/live`, and again when it changes: the cameras this page shows ([] pauses).
 */
export interface LiveWatch {
  type: "watch";
  cameras: string[];
}

/**
 * A mode that may be chosen; `blocked` says why it cannot ("" when it can).
 */
export interface ModeState {
  mode: Mode;
  blocked: string;
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
 * A number behind a finding: `unit` may be "" (a count or a ratio).
 */
export interface NumberState {
  name: string;
  label: string;
  value: number;
  unit: string;
}

/**
 * The policy in its process. `artifact` runs without torch; `checkpoint` is what episodes will name.
 *
 * `cameras` are those it looks at, `tasks` the sentences it knows ([]: any, or none where it takes none).
 */
export interface OpenedPolicyState {
  name: string;
  checkpoint: string;
  kind: string;
  artifact: boolean;
  device: string;
  fps: number;
  horizon: number;
  execute: number;
  cameras: string[];
  task: string;
  tasks: string[];
  takes_task: boolean;
}

/**
 * A lead lets takes start in spite of failed checks: recorded with each of them until it is lifted.
 */
export interface OverrideState {
  reason: string;
  by: string;
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
 * Simulator: put the object at the target as a person would, a little off; a recovery's whole start state.
 */
export interface PlaceForMe {
  id?: number;
  type: "place.for_me";
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

/**
 * A place of the object on the table, in the workspace frame (x ahead of the arm, y to its left).
 */
export interface PlaceState {
  x_cm: number;
  y_cm: number;
  yaw_deg: number;
}

/**
 * Give the dataset that is recorded into the default plan of this arm; refused where it has one.
 */
export interface PlanDefault {
  id?: number;
  type: "plan.default";
}

/**
 * The plan in force, in short; the workspace is a polygon in cm, the goal a circle (the mug).
 */
export interface PlanState {
  version: number;
  task: string;
  object_name: string;
  object_length_cm: number;
  object_width_cm: number;
  goal_name: string;
  goal_x_cm: number;
  goal_y_cm: number;
  goal_radius_cm: number;
  workspace: [number, number][];
  tolerance_cm: number;
  tolerance_deg: number;
  held_out: string[];
}

/**
 * Change what the next run would be; null leaves a setting. `delay` is a preset's key, "" none.
 */
export interface PolicyChoose {
  id?: number;
  type: "policy.choose";
  mode?: Mode | null;
  execute?: number | null;
  threshold?: number | null;
  aggregation?: Aggregation | null;
  coefficient?: number | null;
  horizon?: number | null;
  schedule?: Schedule | null;
  fallback?: Fallback | null;
  task?: string | null;
  delay?: string | null;
  delay_s?: number | null;
  stages_s?: Record<string, number> | null;
  delay_label?: string | null;
  dataset?: string | null;
  cut_off_s?: number | null;
}

/**
 * End the policy's process; a run ends with it.
 */
export interface PolicyClose {
  id?: number;
  type: "policy.close";
}

/**
 * End the run, and save the take where one is open: a recovery episode where somebody took over.
 */
export interface PolicyFinish {
  id?: number;
  type: "policy.finish";
  outcome?: Outcome | null;
  cause?: string;
}

/**
 * Give the arm back to the policy, which looks anew and ramps in.
 */
export interface PolicyHandBack {
  id?: number;
  type: "policy.hand_back";
}

/**
 * Begin (`open`) a take of the run into the dataset that is chosen now, or end it and save it with how it went.
 */
export interface PolicyMark {
  id?: number;
  type: "policy.mark";
  open: boolean;
  outcome?: Outcome | null;
  cause?: string;
}

/**
 * Time some looks again.
 */
export interface PolicyMeasure {
  id?: number;
  type: "policy.measure";
}

/**
 * Open a policy in a process of its own and time it: a run, RUN/STEP, exports/NAME, or a folder's path.
 */
export interface PolicyOpen {
  id?: number;
  type: "policy.open";
  policy: string;
}

/**
 * The arm holds; the policy keeps it.
 */
export interface PolicyPause {
  id?: number;
  type: "policy.pause";
}

/**
 * An input is pushed by `push` of its whole way, sent as long as it is, while a policy has the arm and not this
 * client: if it is meant (app/control/reaching.py) the client takes over, and the next motion command ramps in.
 */
export interface PolicyPush {
  id?: number;
  type: "policy.push";
  label: string;
  input?: string;
  push: number;
}

/**
 * Go on after a pause or a hold, with a new look; the arm is ramped in.
 */
export interface PolicyResume {
  id?: number;
  type: "policy.resume";
}

/**
 * Put the policy on the arm. `accept_red` is the explicit yes that a red feasibility needs.
 *
 * With a dataset chosen and `record`, a take begins with it.
 */
export interface PolicyStart {
  id?: number;
  type: "policy.start";
  accept_red?: boolean;
  record?: boolean;
}

/**
 * The section "policy". `phase` is the process's: nothing can be started before it is ready.
 *
 * `problem` and `todo` say why it failed; `start_blocked` is the one reason why Start is disabled ("" when it is
 * not). A red feasibility does not disable it, it needs `policy.start` with `accept_red`.
 */
export interface PolicyState {
  phase: "closed" | "opening" | "measuring" | "ready" | "failed";
  problem: string;
  todo: string;
  opened: OpenedPolicyState | null;
  modes: ModeState[];
  latency: StageLatency[];
  presets: DelayPreset[];
  choice: ChoiceState;
  feasibility: FeasibilityState | null;
  start_blocked: string;
  run: LiveRunState | null;
}

/**
 * End the run; the arm holds. An open take waits to be saved or discarded.
 */
export interface PolicyStop {
  id?: number;
  type: "policy.stop";
}

/**
 * Take the arm from the policy, with any input; the next motion command ramps in. As `lease.acquire`.
 */
export interface PolicyTakeOver {
  id?: number;
  type: "policy.take_over";
  label: string;
  input?: string;
}

export interface Pong {
  type: "pong";
  client_ms: number;
  server_ns: number;
}

/**
 * Episodes that fill a place of the plan. `pace_s` is the median from one saved episode to the next.
 */
export interface ProgressState {
  done: number;
  planned: number;
  remaining: number;
  station_remaining: number;
  pace_s: number | null;
  time_left_s: number | null;
  share: ShareState;
}

/**
 * What people asked of the order: `skipped` are "cluster/position" (recoveries "cluster/recovery").
 */
export interface QueueState {
  pinned: string;
  first: string[];
  skipped: string[];
  back_possible: boolean;
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
 * Mark the beginning (`open`) or the end of a recovery in the running take; at its end the cause may be said.
 *
 * Until the take is saved another `open: false` with a cause corrects it; `record.save` may say it, too.
 */
export interface RecoveryMark {
  id?: number;
  type: "record.recovery";
  open: boolean;
  cause?: string;
}

/**
 * "This is how it should look": the empty table, the mug in place, the arm in its start pose.
 *
 * A rig that can clear its table itself does so first and puts the object back after.
 */
export interface ReferenceCapture {
  id?: number;
  type: "reference.capture";
}

/**
 * "This is how it should look". `made_at` is ISO time, "" while there is none.
 *
 * `blocked` says why one cannot be captured now ("" when it can); `steps` is what the operator does before.
 * `automatic`: the rig can clear its table itself (the simulator).
 */
export interface ReferenceState {
  present: boolean;
  made_at: string;
  cameras: string[];
  capturing: boolean;
  automatic: boolean;
  blocked: string;
  steps: string;
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
 * `renderer` is how pictures come to be: camera, gl, painter, prerendered, or "" while unknown. `leader` is null on
 * a rig without one.
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
  leader: LeaderState | null;
  sides: string[];
  blind: boolean;
}

/**
 * Measured while it runs. `queue` of `horizon` actions are left; ages in ms of the observation at execution.
 *
 * `starved_ticks` are control ticks with an empty queue after the first action, `longest_stall_s` the longest of
 * them in a row. `late_rows` came when their steps were over. Rates in Hz: looks, and control ticks; `warnings`
 * are sentences (a policy rate outside 2-10 Hz, a control rate outside 50-200 Hz).
 */
export interface RunFigures {
  queue: number;
  horizon: number;
  steps: number;
  looks: number;
  refused: number;
  starved_ticks: number;
  longest_stall_s: number;
  late_rows: number;
  age_p50_ms: number | null;
  age_p95_ms: number | null;
  age_max_ms: number | null;
  policy_hz: number | null;
  control_hz: number | null;
  latency: StageLatency[];
  smoothness: SmoothnessState;
  warnings: string[];
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
 * Where vision finds the object now, and how far that is from the mark; `turn_deg` counter-clockwise.
 */
export interface SeenState {
  place: PlaceState;
  confidence: number;
  offset_cm: number;
  turn_deg: number;
  outline_px: [number, number][];
}

/**
 * Recoveries among all, against the plan's share; 0 to 1, null while nothing is recorded.
 */
export interface ShareState {
  planned: number;
  by_episodes: number | null;
  by_frames: number | null;
  episodes: number;
  recovery_episodes: number;
  frames: number;
  recovery_frames: number;
}

/**
 * Steps between targets, widest joint, in joint units: at seams of chunks and inside them; jerk in units/s^3.
 */
export interface SmoothnessState {
  seams: number;
  seam_p95: number | null;
  seam_max: number | null;
  inside_p95: number | null;
  inside_max: number | null;
  jerk: number | null;
}

/**
 * How long a stage takes on this device, over the last looks. `stage` "" is the whole look.
 */
export interface StageLatency {
  stage: string;
  p50_ms: number;
  p95_ms: number;
  looks: number;
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
  guidance: GuidanceState;
  checks: ChecksState;
  notes: NoteState[];
  jobs: JobSummary[];
  policy: PolicyState;
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

/**
 * The target before this one becomes current again.
 */
export interface TargetBack {
  id?: number;
  type: "target.back";
}

/**
 * Stay in this cluster while it has targets; "" lifts the pin.
 */
export interface TargetPin {
  id?: number;
  type: "target.pin";
  cluster: string;
}

/**
 * A lead's order of clusters; the rest follows by deficit, [] lifts it.
 */
export interface TargetPrioritise {
  id?: number;
  type: "target.prioritise";
  clusters: string[];
}

/**
 * Put this place off until nothing else is left, and ask for another.
 */
export interface TargetSkip {
  id?: number;
  type: "target.skip";
}

/**
 * The take that is asked for now, said and drawn.
 *
 * `request` is the take in one sentence, `instruction` what to do with the object now ("in place" when nothing).
 * `state` in_place is green, move says how, unseen asks for the operator's word; `reason` is why vision
 * abstains ("" when it does not). `placed_source` is what the episode would carry if it started now: seen, operator
 * (the operator's word), simulator, or "" while nobody knows. `place_needed` is false where a recovery begins with
 * the object in the claws or at the goal. Outlines are in pixels of `GuidanceState.camera`, [] while the table
 * is not calibrated; `ghosts_px` are the last placements recorded at this station, newest first.
 */
export interface TargetState {
  key: string;
  cluster: string;
  position: number;
  orientation: string;
  kind: EpisodeKind;
  cause: string;
  start: Start;
  held_out: boolean;
  place: PlaceState;
  place_needed: boolean;
  request: string;
  instruction: string;
  state: PlacementState;
  reason: string;
  placed_source: PlacedSource;
  word_given: boolean;
  seen: SeenState | null;
  target_px: [number, number][];
  cluster_px: [number, number][];
  ghosts_px: [number, number][][];
}

/**
 * The operator says that the object lies at the mark; recorded as the operator's word, never as seen.
 */
export interface TargetWord {
  id?: number;
  type: "target.word";
  at_mark?: boolean;
}

/**
 * What the last take is worth, said before it is decided; `reasons` first, the worst first, [] when green.
 */
export interface VerdictState {
  uuid: string;
  colour: Colour;
  reasons: string[];
  findings: FindingState[];
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
  | FollowLeader
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
  | SceneWatch
  | PlanDefault
  | TargetSkip
  | TargetBack
  | TargetPin
  | TargetPrioritise
  | TargetWord
  | PlaceForMe
  | HandsFree
  | HomeAfterStop
  | ChecklistAnswer
  | ChecksSnooze
  | ChecksOverride
  | ReferenceCapture
  | Disturb
  | PolicyChoose
  | PolicyClose
  | PolicyFinish
  | PolicyHandBack
  | PolicyMark
  | PolicyMeasure
  | PolicyOpen
  | PolicyPause
  | PolicyPush
  | PolicyResume
  | PolicyStart
  | PolicyStop
  | PolicyTakeOver;

export type LiveMessage =
  | LiveWatch
  | LiveAck;
