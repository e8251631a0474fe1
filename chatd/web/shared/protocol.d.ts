// Written by docs/generate.py; change the code, not this file.

/**
 * A message as readers get it. `id` is `DIALOG:SEQ`, `rev` that of its last change. `earlier`: before
 * its edits, for staff who ask. A deleted one has no content, no `files`.
 */
export interface Message {
  id: string;
  dialog_id: string;
  seq: number;
  rev: number;
  sender_type: "admin" | "bot" | "customer" | "member" | "system";
  sender_id: string;
  sender_name: string;
  type: string;
  content: string;
  meta: Record<string, unknown>;
  created_at: string;
  client_id?: string;
  edited_at?: string;
  deleted_at?: string;
  reactions?: Record<string, string[]>;
  reaction_counts?: Record<string, number>;
  version?: number;
  files?: Attached[];
  earlier?: Earlier[];
}

/**
 * A file as a message has it, and as it is shown. `peaks`: how loud the parts of a voice message are,
 * of 100. `url`, `preview_url`, `m4a_url`: links that open it for a short time; never stored.
 */
export interface Attached {
  id: string;
  name: string;
  size: number;
  type: string;
  sha256: string;
  state?: "checking" | "ready" | "refused" | "uploading";
  width?: number;
  height?: number;
  duration_s?: number;
  peaks?: number[];
  has_preview?: boolean;
  has_m4a?: boolean;
  reason?: string;
  url?: string;
  preview_url?: string;
  m4a_url?: string;
}

/** What a message said before an edit, and since when. */
export interface Earlier {
  content: string;
  at: string;
}

/** Of a message what a reaction changes: who put which emoji on it, and of more, how many. */
export interface Reactions {
  id: string;
  dialog_id: string;
  seq: number;
  rev: number;
  version: number;
  reactions: Record<string, string[]>;
  reaction_counts: Record<string, number>;
}

/**
 * A place in the queue: from 1, 0 for who does not wait. `expected_wait_s`: null when nobody is there
 * to serve it.
 */
export interface InLine {
  position: number;
  expected_wait_s: number | null;
  operators_online: number;
}

/** How many wait, and how many operators are there. */
export interface Counters {
  waiting: number;
  operators_online: number;
}

/**
 * A room, with how many people are in it. `locked`: it has a password, which operators are not asked
 * for; who has yet to give it is told of no topic, and of nobody and nothing there. `voice`: who is in
 * its voice channel, where it has one.
 */
export interface Room {
  kind: "room";
  id: string;
  title: string;
  topic: string;
  live_typing: "full" | "indicator" | "off";
  read_only: boolean;
  locked: boolean;
  people: number;
  last_seq: number;
  rev: number;
  voice?: VoiceParty[];
}

/**
 * Somebody in a voice channel; `muted`: who sends nothing to be heard, `video`, `screen`: who sends
 * such a picture.
 */
export interface VoiceParty {
  id: string;
  name: string;
  muted: boolean;
  video: boolean;
  screen: boolean;
}

/**
 * Until when something was promised. `state`: it is `due`, or `soon` (its people were warned), or
 * `overdue`; time stands still for it (`paused`); it was done, and `met`, or too late: `missed`, as
 * what never was done is.
 */
export interface Target {
  by: string;
  state: "due" | "met" | "missed" | "overdue" | "paused" | "soon";
}

/** What is promised of a request for help: an operator's first word, and that it is closed. */
export interface Targets {
  response?: Target | null;
  resolution?: Target | null;
}

/**
 * A ticket, with what its reader has not read. `operator` to `outcome`: for staff; `position` to
 * `operators_online`: while it waits. `live_typing`: how much of one's own typing the other side sees;
 * `sees_live_typing`: how much one sees of theirs. `contact`: the customer's mail address, where they
 * gave one, and `phone`. `offline`: they asked while nobody came soon. `handed_by`: who gave it to its
 * operator; null where they took it themselves. `calls`: whether there are calls here. `rating`: what
 * the customer said of it after it was closed; `rate_until`: until when they still may. `attributes`:
 * what is said of the customer, `verified`: which of `name`, `contact`, `phone` their site has signed;
 * both for staff, as `targets` are. `assists`: the site has a model that drafts and sums up for them,
 * if it does.
 */
export interface Ticket {
  kind: "ticket";
  id: string;
  site: string;
  status: "active" | "bot" | "closed" | "waiting";
  customer_id: string;
  customer_name: string;
  operator_name: string | null;
  created_at: string;
  updated_at: string;
  requested_at: string | null;
  accepted_at: string | null;
  closed_at: string | null;
  last_seq: number;
  rev: number;
  last_message: LastMessage | null;
  unread: number;
  live_typing: "full" | "indicator" | "off";
  sees_live_typing: "full" | "indicator" | "off";
  calls: boolean;
  operator?: string | null;
  handed_by?: string | null;
  closed_by?: string | null;
  offered_to?: string | null;
  version?: number;
  episode?: number;
  past?: Episode[];
  priority?: "high" | "low" | "normal" | "urgent";
  tags?: string[];
  department?: string;
  snoozed_until?: string | null;
  outcome?: "" | "cancelled" | "closed" | "silence";
  targets?: Targets;
  assists?: boolean;
  position?: number;
  expected_wait_s?: number | null;
  operators_online?: number;
  contact?: string;
  phone?: string;
  answers?: Answer[];
  offline?: boolean;
  rating?: Rating;
  rate_until?: string;
  attributes?: Attribute[];
  verified?: ("contact" | "name" | "phone")[];
}

/**
 * The newest message, in a list; a row of the queue does not say whose it is. `words`: of what the
 * house said. `deleted`: it was, and has no text for that.
 */
export interface LastMessage {
  text: string;
  words?: Words;
  deleted?: boolean;
  sender_name?: string;
  at: string;
}

/** The language of what the house said, and by which key and with which values it says it in another. */
export interface Words {
  language: string;
  key?: string;
  values?: Record<string, string | number>;
}

/**
 * A request for help that is over: asked for, taken and closed when and by whom; what its customer
 * said of it.
 */
export interface Episode {
  requested_at: string | null;
  accepted_at: string | null;
  operator: string | null;
  closed_at: string | null;
  closed_by: string | null;
  rating: Rating | null;
}

/** `score`: from 1 to 5, the more the better; `at`: when it was said, or last changed. */
export interface Rating {
  score: number;
  comment?: string;
  at: string;
}

/**
 * What a customer answered to one thing that their site asked before the first word: to which words,
 * and when. `link`: to all of what was agreed to.
 */
export interface Answer {
  name: string;
  kind: string;
  label: string;
  value: string;
  at: string;
  link?: string;
}

/** One of them; `verified`: the site itself has signed it. */
export interface Attribute {
  name: string;
  value: string | number | number | boolean;
  verified?: boolean;
}

/** A ticket's internal notes. */
export interface Notes {
  kind: "notes";
  id: string;
  ticket: Ticket;
  last_seq: number;
  rev: number;
}

/** A ticket as a row of the queue; where it stands there, in answers. */
export interface QueueRow {
  id: string;
  site: string;
  status: "active" | "bot" | "closed" | "waiting";
  customer_id: string;
  customer_name: string;
  operator: string | null;
  handed_by: string | null;
  offered_to: string | null;
  created_at: string;
  requested_at: string | null;
  accepted_at: string | null;
  last_seq: number;
  last_message: LastMessage;
  priority: "high" | "low" | "normal" | "urgent";
  tags: string[];
  offline: boolean;
  department: string;
  snoozed_until: string | null;
  targets?: Targets;
  position?: number;
  expected_wait_s?: number | null;
  operators_online?: number;
  waited_s?: number;
}

/**
 * A part of the house with a queue of its own; of which sites' tickets (none: of all), who its
 * `members` are; `mine`: whether its tickets are in the reader's queue.
 */
export interface Department {
  name: string;
  title: Record<string, string>;
  sites: string[];
  members: string[];
  mine: boolean;
}

/** How many bytes a file may have, and how many files a message. */
export interface FileLimits {
  max_bytes: number;
  per_message: number;
}

/** Somebody in a conversation, as the others see them. */
export interface Participant {
  id: string;
  name: string;
  kind: "member" | "operator";
  status: "away" | "offline" | "online";
  avatar?: string;
  muted_until?: string;
}

/** What somebody has half-written, for who joins in mid-word. */
export interface Draft {
  participant_id: string;
  name: string;
  seq: number;
  text: string;
}

/** Somebody has received and read everything up to these numbers. */
export interface Receipt {
  dialog_id: string;
  participant_id: string;
  delivered: number;
  read: number;
}

/** Everything up to these numbers was delivered, was read. */
export interface Cursor {
  delivered: number;
  read: number;
}

/** Who one is. `username`: an operator's. */
export interface Me {
  id: string;
  name: string;
  kind: "anonymous" | "operator" | "program" | "shell" | "system" | "visitor";
  site: string | null;
  role: string | null;
  username: string | null;
  avatar?: string;
}

/**
 * An operator; of their sites and tickets, those that the reader serves too. `second_factor`: whether
 * they have one, and how many `passkeys`, told to themselves and to who runs the daemon. `must_enrol`:
 * whether they have to have one of these before anything else. `may`: the permissions of who asks, in
 * the words of roles (`ticket:*` for all of a family).
 */
export interface Operator {
  id: string;
  username: string;
  display_name: string;
  role: string;
  disabled: boolean;
  sites: string[];
  capacity: number;
  takes_tickets: boolean;
  created_at: string;
  status: "away" | "offline" | "online";
  available: boolean;
  active: number;
  second_factor?: boolean;
  passkeys?: number;
  must_enrol?: boolean;
  may?: string[];
}

/** A person who has an account. `id`: as what they are known in rooms and tickets. */
export interface Person {
  id: string;
  username: string;
  display_name: string;
  site: string;
  disabled: boolean;
  created_at: string;
  status: "away" | "offline" | "online";
  avatar?: string;
}

/** A connection as operators see it; `in_bytes` to `dropped`: what has passed over it, and what waits. */
export interface Connection {
  id: string;
  transport: "admin" | "socketio-polling" | "socketio-websocket" | "websocket";
  address: string;
  agent: string;
  since: string;
  kind: "anonymous" | "operator" | "program" | "shell" | "system" | "visitor";
  participant: string;
  name: string;
  site: string;
  dialogs: string[];
  commands: number;
  in_bytes?: number;
  in_messages?: number;
  out_bytes?: number;
  out_frames?: number;
  queued_bytes?: number;
  dropped?: number;
}

/** What another node answered, or why it did not. */
export interface NodeAnswer {
  node: string;
  result?: Record<string, unknown> | null;
  error?: string | null;
}

/**
 * An address, network or participant that is kept out: `id` is that very value. `networks`: where a
 * participant came from, when these are kept out with them.
 */
export interface Ban {
  id: string;
  kind: "address" | "participant";
  reason: string;
  by: string;
  created_at: string;
  expires_at: string | null;
  networks: string[];
}

/** One thing that was looked at, and how it is. */
export interface Finding {
  check: string;
  state: "ok" | "warning" | "wrong";
  said: string;
}

/**
 * What leaves the house: to whom, about what, and what became of it. `next_at`: when it is tried next,
 * null for one that does not wait.
 */
export interface Errand {
  id: string;
  kind: string;
  target: string;
  type: string;
  about: string;
  state: "delivered" | "dropped" | "failed" | "waiting";
  attempts: number;
  created_at: string;
  next_at: string | null;
  ended_at: string | null;
  last_error: string;
}

/**
 * A webhook of the configuration; `state`: open, closed (it said so) or what is wrong with it;
 * `waiting`: how much is still to be delivered.
 */
export interface Webhook {
  name: string;
  url: string;
  events: string[];
  sites: string[];
  state: string;
  waiting: number;
}

/**
 * An operator as those see them who have not spoken with one: `id` is what their messages are signed
 * with, by which they have a colour; of the name only the initials.
 */
export interface Face {
  id: string;
  initials: string;
}

/**
 * Whether a site is open; `timezone`: by whose clocks, empty for one that always is. `opens_at`: when
 * it is open again, null while it is and where that is not soon. `needs_contact`: whether who begins
 * now has to say how they are reached.
 */
export interface SiteHours {
  site: string;
  timezone: string;
  open: boolean;
  opens_at: string | null;
  operators_online: number;
  needs_contact: boolean;
}

/** One thing that a site asks before the first word; `choices`: of a `choice`, `link`: of a `consent`. */
export interface AskedFirst {
  name: string;
  kind: string;
  label: string;
  required: boolean;
  choices: string[];
  link: string;
}

/** What a page says by itself after so long; `page`: on which, `*` stands for anything. */
export interface InvitedByRule {
  name: string;
  text: string;
  page: string;
  after_seconds: number;
  visits: number;
}

/**
 * An answer that a site has ready; `site` is empty for one of all sites. `version`, `by` and
 * `updated_at`: which change of it this is, whose and when; absent for what the configuration says,
 * which nobody edits.
 */
export interface CannedAnswer {
  site: string;
  name: string;
  text: string;
  version?: number;
  by?: string;
  updated_at?: string;
}

/** Somebody has begun to type. */
export interface TypingStart {
  dialog_id: string;
  participant_id: string;
  name: string;
}

/** Somebody types no longer. */
export interface TypingStop {
  dialog_id: string;
  participant_id: string;
  name: string;
}

/** Somebody's draft moved, by `ops`, or is `reset` to a whole text. */
export interface DraftEdit {
  dialog_id: string;
  participant_id: string;
  name: string;
  seq: number;
  ops?: ((string | number)[])[];
  reset?: string;
}

/** Somebody came, left, is away, or has another name. */
export interface PresenceUpdate {
  dialog_id: string;
  participant: Participant;
}

/**
 * A room, a ticket or a dialog as it is now, and what changed; null: one that is gone, or no longer
 * for you. Without a `change`: it has news while it may not be open. `position`: your place in the
 * queue, and then no `dialog`. `crowd`: who is there is not told any more, only how many (`people` in
 * `dialog`, about once a second): whoever is known is forgotten; false: who is there follows, and from
 * then on who comes and goes. `by`: the name of who put you out of a group.
 */
export interface DialogUpdate {
  dialog_id: string;
  change?:
    | "accepted"
    | "answered"
    | "closed"
    | "connected"
    | "due_soon"
    | "offer_ended"
    | "offer_round"
    | "offered"
    | "opened"
    | "overdue"
    | "rated"
    | "renamed"
    | "reopened"
    | "returned"
    | "snoozed"
    | "transferred"
    | "updated"
    | "waiting"
    | "warned"
    | "woken"
    | "changed"
    | "retired"
    | "changed"
    | "created"
    | "handed_over"
    | "joined"
    | "left"
    | "muted"
    | "renamed"
    | "erased"
    | "position";
  dialog?: Room | Ticket | Notes | Direct | Group | null;
  position?: number;
  expected_wait_s?: number | null;
  operators_online?: number;
  crowd?: boolean;
  by?: string;
}

/**
 * A dialog of two people. `members` are both of them. `read`, `mentions`, `deleted` and `muted_until`
 * are its reader's own: up to which message they have read it, behind that which ones name them, and
 * which are deleted and so not `unread`, of the newest 100, and until when they hear of it only in the
 * list, empty for one that is not muted. `calls`: whether there are calls here.
 */
export interface Direct {
  kind: "direct";
  id: string;
  members: Companion[];
  live_typing: "full" | "indicator" | "off";
  calls: boolean;
  created_at: string;
  last_seq: number;
  rev: number;
  last_message?: LastMessage | null;
  unread?: number;
  read?: number;
  mentions?: number[];
  deleted?: number[];
  muted_until?: string;
}

/**
 * Somebody in a dialog of people; `id`: as what they are known there. `owner`: who says who is in a
 * group. `avatar`: the path of their picture, if they have one.
 */
export interface Companion {
  id: string;
  username: string;
  name: string;
  owner?: boolean;
  muted_until?: string;
  avatar?: string;
}

/**
 * A dialog that people made, named and let others into; in lists `members` is empty, for these may be
 * many: `people` says how many. `past`: how much those see who come later; `links`: how many
 * invitations are open, for its owner; `voice`: who is in its voice channel, where it has one.
 */
export interface Group {
  kind: "group";
  id: string;
  members: Companion[];
  live_typing: "full" | "indicator" | "off";
  calls: boolean;
  created_at: string;
  last_seq: number;
  rev: number;
  last_message?: LastMessage | null;
  unread?: number;
  read?: number;
  mentions?: number[];
  deleted?: number[];
  muted_until?: string;
  title: string;
  past: "all" | "none";
  people: number;
  links?: number;
  voice?: VoiceParty[];
}

/**
 * A message was written in a dialog of people, or changed, for those who watch their list: `seq` is
 * its number, `mentions` are the participants whom it names, `deleted` says that it is, `last_message`
 * is the newest one of all as it is now.
 */
export interface DialogNews {
  dialog_id: string;
  seq: number;
  sender_id: string;
  mentions: string[];
  deleted?: boolean;
  last_seq: number;
  rev: number;
  last_message: LastMessage;
}

/** A colleague named you in the notes of a ticket; `text`: the beginning of the note. */
export interface NoteMention {
  id: string;
  ticket: Ticket;
  dialog_id: string;
  seq: number;
  at: string;
  sender_id: string;
  sender_name: string;
  text: string;
}

/**
 * What your site signed is good until `expires_at`: ask it for another `user_token`, and say `hello`
 * with that, before this connection `ends_at`.
 */
export interface IdentityExpiring {
  expires_at: string;
  ends_at: string;
}

/**
 * The queue moved, or an operator came, left or went away (`ticket` is null); the counters are of all
 * the sites that one serves.
 */
export interface QueueUpdate {
  change:
    | "accepted"
    | "answered"
    | "closed"
    | "connected"
    | "due_soon"
    | "offer_ended"
    | "offer_round"
    | "offered"
    | "opened"
    | "overdue"
    | "rated"
    | "renamed"
    | "reopened"
    | "returned"
    | "snoozed"
    | "transferred"
    | "updated"
    | "waiting"
    | "warned"
    | "woken"
    | "away"
    | "online"
    | "operator_changed"
    | "operator_offline"
    | "operator_online"
    | "operator_removed";
  ticket: QueueRow | null;
  waiting: number;
  operators_online: number;
}

/**
 * Which operators have an open ticket open, and who of them writes what: all of them as they are now,
 * to those who watch the queue.
 */
export interface ColleagueUpdate {
  ticket_id: string;
  colleagues: Colleague[];
}

/** An operator who has a ticket open; `writes`: what, if they do this moment. */
export interface Colleague {
  id: string;
  name: string;
  writes?: "note" | "reply";
}

/**
 * Somebody opened a page of a site, went to another, or is gone (`visitor` null), to those who watch
 * its visitors; `total`: how many are there. Of very many only that is told.
 */
export interface VisitorUpdate {
  site: string;
  total: number;
  id?: string;
  visitor?: Visitor | null;
}

/**
 * Somebody who has a page of a site open. `page`: where, and since when; `visited`: how often they
 * came; `tickets`: how many they had, `ticket`: the newest. `invited_at`: when an operator invited
 * them, if they have not answered.
 */
export interface Visitor {
  id: string;
  name: string;
  site: string;
  page: PageSeen | null;
  language: string;
  timezone: string;
  visited: number;
  tickets: number;
  ticket: string | null;
  invited_at: string | null;
}

/** A page that somebody was on, since when; without what may be secret in its address. */
export interface PageSeen {
  address: string;
  title: string;
  at: string;
}

/** An operator invites the visitor to a conversation. */
export interface VisitorInvited {
  invitation: Invitation;
}

/** To a conversation, by an operator: `id` is given when it is begun by that. */
export interface Invitation {
  id: string;
  text: string;
  operator_name: string;
}

/** A customer went to another page, or came again: to those who have their ticket open. */
export interface CustomerUpdate {
  ticket_id: string;
  customer: Customer;
}

/**
 * Whose ticket it is; `since`: when they were first here, null where that is forgotten. `visits`: what
 * they have open now; `visited`: how often they came, 0 where none of their pages told. `pages`: where
 * they are, or were last, the newest first, with those before where their site keeps them; `referrer`:
 * from where they came; `device`: with what, in words; `seen_at`: when that was told, null where it
 * never was.
 */
export interface Customer {
  id: string;
  name: string;
  site: string;
  since: string | null;
  visits: Visit[];
  visited: number;
  seen_at: string | null;
  pages: PageSeen[];
  referrer: string;
  language: string;
  timezone: string;
  device: string;
}

/** A page that somebody has open; `agent`: the browser, as it says of itself. */
export interface Visit {
  since: string;
  origin: string | null;
  agent: string;
}

/** A ticket changed: for who follows all of them at the machine. */
export interface TicketUpdate {
  dialog_id: string;
  change:
    | "accepted"
    | "answered"
    | "closed"
    | "connected"
    | "due_soon"
    | "offer_ended"
    | "offer_round"
    | "offered"
    | "opened"
    | "overdue"
    | "rated"
    | "renamed"
    | "reopened"
    | "returned"
    | "snoozed"
    | "transferred"
    | "updated"
    | "waiting"
    | "warned"
    | "woken";
  status: "active" | "bot" | "closed" | "waiting";
}

/**
 * A call that I am in, or that rings at me, as it is now. It rings no more once it is not `ringing`,
 * or I am none of its `participants`. One that is still `active`: somebody goes on over another
 * connection, to whom everything has to be described anew.
 */
export interface CallUpdate {
  call: Call;
}

/**
 * A call. `participants`: who calls, then whom it rings at; once it is `active` the two who are in it.
 * `reason`: of one that has ended. `recorder`: who of them may ask for a recording, where there are
 * any; `recording`: the one that was asked for last.
 */
export interface Call {
  id: string;
  dialog_id: string;
  media: ("audio" | "video")[];
  state: "active" | "ended" | "ringing";
  reason: "busy" | "declined" | "failed" | "hangup" | "lost" | "timeout" | null;
  started_by: string;
  participants: CallParty[];
  created_at: string;
  accepted_at: string | null;
  ended_at: string | null;
  recorder?: string;
  recording?: CallRecording;
}

/** Somebody who is in a call, or whom it rings at. */
export interface CallParty {
  id: string;
  name: string;
}

/**
 * A recording of a call. It is `asked` for until the other one has said something to it, and while it
 * is `running` both are shown that. `media`: what is recorded; `file_id`: the upload that takes it, of
 * `asked_by` alone; `reason`: of one that has ended; `left`: so often it may be asked again in this
 * call.
 */
export interface CallRecording {
  state: "asked" | "ended" | "running";
  reason: "full" | "limit" | "lost" | "off" | "over" | "refused" | "stopped" | "withdrawn" | null;
  media: ("audio" | "video")[];
  asked_by: string;
  asked_at: string;
  began_at: string | null;
  ended_at: string | null;
  ended_by: string;
  consents: CallConsent[];
  file_id: string | null;
  left: number;
}

/** Somebody has agreed to be recorded, and when. */
export interface CallConsent {
  id: string;
  name: string;
  at: string;
}

/** The `recording` of a call that I am in, as it is now: asked for, running, or ended. */
export interface RecordingUpdate {
  call_id: string;
  recording: CallRecording;
}

/** What the other side of a call told this connection: a `description` or a `candidate`. */
export interface CallSignal {
  call_id: string;
  from: string;
  description?: Description;
  candidate?: Candidate;
}

/** What one side offers, or answers. */
export interface Description {
  type: "answer" | "offer" | "pranswer" | "rollback";
  sdp?: string;
}

/** Where one side can perhaps be reached; an empty one: these are all. */
export interface Candidate {
  candidate?: string;
  sdpMid?: string | null;
  sdpMLineIndex?: number | null;
  usernameFragment?: string | null;
}

/**
 * Who is in the voice channel of a room or a group: to those who have it open, or who watch a list
 * that it is in. `moved`, told to one connection: I am in it over this one no more.
 */
export interface VoiceUpdate {
  dialog_id: string;
  call_id: string;
  participants: VoiceParty[];
  moved?: boolean;
}

/**
 * Who one is, and the `token` to come back with, null for who came by the console's cookie.
 * `greeting`: what the bot says when the chat opens. `ticket`: the one that was named, if it can be
 * read. `files`: how much of them is taken, null where none are. `joined`: what came of each dialog to
 * join. `calls`: those that one is in, or that ring, where there are any. Of whom their site names:
 * `ticket` is their newest where none was named, `ends_at`: when the token ends, and `left_out`: which
 * claims say nothing that could be kept. `invitation`: to a conversation, by an operator, if one was
 * not answered.
 */
export interface Welcome {
  participant: Me;
  token: string | null;
  site: string | null;
  greeting: string;
  ticket: Ticket | null;
  files: FileLimits | null;
  server_time: string;
  joined?: (Joined | NotJoined)[];
  ends_at?: string;
  left_out?: string[];
  calls?: Call[];
  invitation?: Invitation;
}

/** `server_time`: the daemon's clock, RFC 3339 in UTC. */
export interface Pong {
  server_time: string;
}

/**
 * A conversation that is followed from now on: a page of it, who is in it, what they have half-
 * written, how far they have read. Of a `crowd` the participants are only the newest.
 */
export interface Joined {
  rev: number;
  messages: Message[];
  more: boolean;
  changed?: Message[];
  resync?: boolean;
  dialog: Room | Ticket | Notes | Direct | Group;
  participants: Participant[];
  crowd: boolean;
  drafts: Draft[];
  receipts: Record<string, Cursor>;
}

/** The conversation that is not followed any more. */
export interface Left {
  dialog_id: string;
}

/** A message as it is now stored. */
export interface OneMessage {
  message: Message;
}

/** The texts of a message before its edits, oldest first, and `at` what time it began to say so. */
export interface EarlierTexts {
  more: boolean;
  cursor: string | null;
  earlier: Earlier[];
}

/**
 * Messages in order, and whether there are `more` in that direction. For who said which `rev` they
 * know also what was `changed` of the messages that they have, or `resync`: the page is the newest
 * one, and they read anew.
 */
export interface MessagePage {
  rev: number;
  messages: Message[];
  more: boolean;
  changed?: Message[];
  resync?: boolean;
}

/** Nothing but that it is done. */
export interface Done {
}

/** The number of the draft that was taken. */
export interface DraftTaken {
  seq: number;
}

/** How far one has received and read. */
export interface OneReceipt {
  receipt: Receipt;
}

/** How one is here. */
export interface OwnPresence {
  status: "away" | "online";
}

/** A ticket that was made; `message`: the customer's first, null where they wrote none. */
export interface OpenedTicket {
  ticket: Ticket;
  position: number;
  expected_wait_s: number | null;
  operators_online: number;
  message: Message | null;
}

/**
 * A ticket, and its place in the queue: from 1, 0 for who does not wait. `expected_wait_s`: null when
 * nobody is there to serve it.
 */
export interface TicketInLine {
  ticket: Ticket;
  position: number;
  expected_wait_s: number | null;
  operators_online: number;
}

/** A ticket as who asks sees it by now. */
export interface OneTicket {
  ticket: Ticket;
}

/**
 * A ticket in another operator's hands; `returns_in_s`: when it goes back to the queue if they stay
 * off line, null for who is there.
 */
export interface TransferredTicket {
  ticket: Ticket;
  operator_status: "away" | "offline" | "online";
  returns_in_s: number | null;
}

/** Whom a ticket's transcript goes to, as the errand `errand_id`. */
export interface MailedTranscript {
  to: string;
  errand_id: string;
}

/**
 * A ticket and a page of it; where they were asked for its `episodes`, the newest first; for staff,
 * which `colleagues` have it open.
 */
export interface TicketPage {
  rev: number;
  messages: Message[];
  more: boolean;
  changed?: Message[];
  resync?: boolean;
  ticket: Ticket;
  colleagues?: Colleague[];
  episodes?: Request[];
}

/**
 * All that is kept of a request for help; `number`: which of its ticket's it is. `partial`: of what
 * was before episodes were kept only the times are known.
 */
export interface Request {
  requested_at: string | null;
  accepted_at: string | null;
  operator: string | null;
  closed_at: string | null;
  closed_by: string | null;
  rating: Rating | null;
  number: number;
  opened_at: string;
  opened_by: string;
  accepted_by: string | null;
  first_response_at: string | null;
  first_response_by: string | null;
  offers: number;
  passes: number;
  transfers: number;
  returns: number;
  customer_messages: number;
  operator_messages: number;
  customer_left_at: string | null;
  partial: boolean;
  priority: "high" | "low" | "normal" | "urgent";
  tags: string[];
  department: string;
  outcome: "" | "cancelled" | "closed" | "silence";
}

/**
 * Whose ticket it is, and a page of their other `tickets`, newest first; whether there are `more`, and
 * the `cursor` that gets those.
 */
export interface CustomerShown {
  customer: Customer;
  tickets: Ticket[];
  more: boolean;
  cursor: string | null;
}

/**
 * Tickets as who asks sees them. `total`: how many there are in all, null when that is more than is
 * soon counted.
 */
export interface TicketList {
  more: boolean;
  cursor: string | null;
  tickets: Ticket[];
  total?: number | null;
}

/**
 * Who waits, in order, and how many wait and how many operators are there, in the part of the queue
 * that is whose who asks. `departments`: those that the configuration has, on these sites, if it has
 * any. `colleagues`: to who watches, which operators have which open ticket open.
 */
export interface QueuePage {
  more: boolean;
  cursor: string | null;
  waiting: number;
  operators_online: number;
  tickets: QueueRow[];
  total?: number;
  departments?: Department[];
  colleagues?: Colleagues[];
}

/** Which operators have a ticket open. */
export interface Colleagues {
  ticket_id: string;
  colleagues: Colleague[];
}

/** The notes in which one is named and that one has not read, the oldest first. */
export interface MentionList {
  more: boolean;
  cursor: string | null;
  mentions: Mention[];
}

/** A note in which one is named; `text`: the beginning of the note. */
export interface Mention {
  id: string;
  ticket: Ticket;
  dialog_id: string;
  at: string;
  sender_id: string;
  sender_name: string;
  text: string;
}

/** A session's `token`. `device`: with it, tries from here are counted for themselves. */
export interface LoggedIn {
  token: string;
  device: string;
  operator: Operator;
}

/** How many sessions ended, with their connections. */
export interface LoggedOut {
  ended: number;
}

/** An operator's account as it is now. */
export interface OneOperator {
  operator: Operator;
}

/** Operators in the order of their names: those who serve a site with who asks. */
export interface OperatorList {
  more: boolean;
  cursor: string | null;
  operators: Operator[];
}

/** Who is no operator any more. */
export interface RemovedOperator {
  username: string;
}

/** The rooms that one may enter. */
export interface RoomList {
  more: boolean;
  cursor: string | null;
  rooms: Room[];
}

/**
 * A page of the connections, oldest first; `silent`: nodes of which none is there, for they did not
 * answer in time.
 */
export interface ConnectionList {
  more: boolean;
  cursor: string | null;
  connections: Connection[];
  silent?: string[];
}

/** The id of the connection that is closed. */
export interface ClosedConnection {
  connection: string;
}

/** A ban, and how many connections it ended: those of whoever it concerns. */
export interface AddedBan {
  ban: Ban;
  ended: number;
}

/** A ban that no longer holds. */
export interface OneBan {
  ban: Ban;
}

/** The bans that hold, in the order of their targets. */
export interface BanList {
  more: boolean;
  cursor: string | null;
  bans: Ban[];
}

/** The daemon's figures; an operator gets the first four, of the sites that they serve. */
export interface Figures {
  tickets_open: number;
  queue_waiting: number;
  queue_oldest_wait_s: number;
  operators_online: number;
  connections?: number;
  connections_opened?: number;
  rooms?: number;
  outbox_queued_bytes?: number;
  outbox_dropped?: number;
  tasks?: number;
  memory_bytes?: number;
  mails_waiting?: number;
  mails_delivered?: number;
  mails_failed?: number;
  pushes_waiting?: number;
  pushes_delivered?: number;
  pushes_failed?: number;
  errands_waiting?: number;
  errands_delivered?: number;
  errands_failed?: number;
  errands_refused?: number;
  nodes_others?: number;
  nodes_sent?: number;
  nodes_heard?: number;
  audit_waiting?: number;
  audit_fault?: string | null;
  store_writable?: boolean;
  store_fault?: string | null;
  store_files_writable?: boolean;
  store_checkpoint_fault?: string | null;
  store_damaged?: string | null;
  store_damaged_files?: number;
  store_journal_bytes?: number;
  store_commits?: number;
  store_commit_latency_s?: number;
  store_cached_bytes?: number;
  store_connections?: number;
  store_open_tickets?: number;
  loop_stalls?: number;
  log_lines_lost?: number;
  nodes?: NodeAnswer[];
}

/**
 * How many connections there are, counted by transport, site and kind; what has passed over them and
 * what waits; and a page of the connections themselves. `opened` and `replaced`, since the daemon
 * began: for who runs it.
 */
export interface ConnectionStats {
  more: boolean;
  cursor: string | null;
  connections: Connection[];
  silent?: string[];
  total: number;
  opened?: number;
  replaced?: number;
  by_transport: Record<string, number>;
  by_site: Record<string, number>;
  by_state: Record<string, number>;
  traffic: Record<string, number>;
}

/** What is in order and what is not. */
export interface Findings {
  checks: Finding[];
}

/** How much each area of the log says. */
export interface LogLevels {
  areas: AreaLevel[];
}

/** How much an area of the log says. */
export interface AreaLevel {
  area:
    | "admin"
    | "all"
    | "calls"
    | "connections"
    | "errands"
    | "http"
    | "nodes"
    | "rooms"
    | "storage"
    | "tickets";
  level: "debug" | "error" | "info" | "trace" | "warning";
  nodes?: NodeAnswer[];
}

/**
 * Which daemon this is, and where everything is. `state`: `serving`, or why it cannot;
 * `configuration`: the file, null for the defaults; `nodes`: what the others answer.
 */
export interface DaemonStatus {
  version: string;
  state: string;
  uptime_s: number;
  started_at: string;
  pid: number;
  user: string;
  node: string;
  configuration: string | null;
  listening: string[];
  admin_socket: string;
  data: string;
  nodes?: NodeAnswer[];
}

/**
 * Which keys of the configuration hold from now on, and which do after a restart. `not_in_force`: what
 * was set of sites and departments while it runs, and contradicts the file: why, each in a sentence.
 */
export interface Reloaded {
  applied: string[];
  needs_restart: string[];
  not_in_force?: string[];
  nodes?: NodeAnswer[];
}

/** The daemon stops as soon as everybody is served. */
export interface Draining {
  draining: true;
  nodes?: NodeAnswer[];
}

/**
 * Where the copy is, of how many files and bytes; how many files were read again in it, and the names
 * of those that are damaged.
 */
export interface BackedUp {
  directory: string;
  files: number;
  bytes: number;
  checked: number;
  damaged: string[];
}

/** The newest entries, the newest last, as they stand in the log; `total`: how many there are at hand. */
export interface AuditEntries {
  entries: Record<string, unknown>[];
  total: number;
}

/** Errands, newest first, and the `cursor` that gets the next page, if there is one. */
export interface ErrandList {
  errands: Errand[];
  cursor: string | null;
}

/** An errand as it is now. */
export interface OneErrand {
  errand: Errand;
}

/** The webhooks of the configuration. */
export interface WebhookList {
  webhooks: Webhook[];
}

/** What a webhook answered to the event `id`, and after how many seconds. */
export interface TestedWebhook {
  answer: string;
  seconds: number;
  id: string;
}

/** How many deliveries are due now. */
export interface Replayed {
  due: number;
}

/** The webhook that is told again of what happens. */
export interface OpenedWebhook {
  webhook: string;
}

/** What the mail server answered, and after how many seconds. */
export interface TestedMail {
  to: string;
  answer: string;
  seconds: number;
}

/**
 * A file as it is now. `offset`: so many bytes of it have come, while it is uploaded; `expires_at`:
 * when it goes by itself, unless a message has it.
 */
export interface OneFile {
  file: Attached;
  offset?: number;
  expires_at?: string;
}

/** The file that is gone. */
export interface RemovedFile {
  file_id: string;
}

/**
 * What dialogs have in files, the largest first; whether there are `more`, and the `cursor` that gets
 * those. `total_files`, `total_bytes`: of all of them.
 */
export interface FileUsage {
  dialogs: FileUse[];
  total_files: number;
  total_bytes: number;
  more: boolean;
  cursor: string | null;
}

/** How many files a dialog of a site has, and their bytes. */
export interface FileUse {
  site: string;
  dialog_id: string;
  files: number;
  bytes: number;
}

/**
 * What a conversation holds: its messages, notes included, its files and their bytes; and whether it
 * is `gone` now, or was only looked at.
 */
export interface Erased {
  dialog_id: string;
  kind: "dialog" | "ticket";
  messages: number;
  files: number;
  bytes: number;
  gone: boolean;
}

/**
 * A page of what was said in a ticket, from the beginning on, in `language`; `title` and `about` stand
 * above the first one.
 */
export interface Transcript {
  more: boolean;
  cursor: string | null;
  ticket_id: string;
  language: string;
  title: string;
  about: string;
  lines: Line[];
}

/** What was said: by whom, when, and as it is read, with the names of files. `note`: to operators only. */
export interface Line {
  seq: number;
  created_at: string;
  sender_type: "admin" | "bot" | "customer" | "member" | "system";
  sender_name: string;
  text: string;
  note: boolean;
}

/**
 * Who it is, and how many tickets, dialogs, files, bytes of files are theirs. `more`: of an address,
 * more people have given it than are counted here. `subjects`: those whom their site names, as
 * `SITE/SUBJECT`; `earlier`: the visitors that they were before that, theirs too.
 */
export interface Belongings {
  participants: string[];
  subjects: string[];
  earlier: string[];
  tickets: number;
  dialogs: number;
  files: number;
  bytes: number;
  more: boolean;
}

/** What was written for a person, and where. `missing`: files whose bytes are not there. */
export interface Exported {
  participant_id: string;
  directory: string;
  messages: number;
  files: number;
  bytes: number;
  missing: string[];
}

/**
 * What there was of a person: their tickets with all that was said in them, what they said elsewhere,
 * their files; whether it is `gone` now, or was only looked at. `backups`: where copies were made that
 * have it still, as far as the audit log's newest entries tell. `participant_id`: who it is by now,
 * `earlier`: the visitors that they were before.
 */
export interface Forgotten {
  participant_id: string;
  earlier: string[];
  tickets: number;
  dialogs: number;
  messages: number;
  files: number;
  bytes: number;
  backups: string[];
  gone: boolean;
}

/**
 * The `key` that a browser subscribes with (`applicationServerKey`, base64url); null where nothing is
 * pushed.
 */
export interface PushOffered {
  key: string | null;
}

/** How many of one's browsers are told. */
export interface Subscribed {
  count: number;
}

/** All of an operator's. `offered`: whether there can be more, in a page that may have them. */
export interface PasskeyList {
  passkeys: OwnPasskey[];
  offered: boolean;
}

/** A passkey. `host`: at which name of the daemon it is good; `used_at`: null for never. */
export interface OwnPasskey {
  id: string;
  name: string;
  host: string;
  created_at: string;
  used_at: string | null;
}

/**
 * What a browser makes a passkey from: the `challenge`, the name of the `host`, the account as an
 * authenticator knows it (`handle`) and as it is shown, the `algorithms` by their numbers in COSE, and
 * which passkeys the account has already (`exclude`).
 */
export interface PasskeyBegun {
  challenge: string;
  seconds: number;
  host: string;
  handle: string;
  username: string;
  display_name: string;
  algorithms: number[];
  exclude: string[];
}

/** A passkey as it is now. */
export interface OnePasskey {
  passkey: OwnPasskey;
}

/**
 * What a passkey has to answer for logging in, within so many `seconds`; null where nobody logs in so.
 * `asked_by`: the browser that asked, as a cookie, which alone may answer.
 */
export interface PasskeyAsked {
  challenge: string | null;
  seconds: number;
  host: string;
  asked_by?: string;
}

/** A session's `token`. `device`: with it, tries from here are counted for themselves. */
export interface PersonLoggedIn {
  token: string;
  device: string;
  person: Person;
}

/** A person's account as it is now. */
export interface OnePerson {
  person: Person;
}

/** Some people whose user names begin alike, in the order of these. */
export interface PeopleFound {
  people: Known[];
}

/** A person as others find them. `avatar`: the path of their picture, if they have one. */
export interface Known {
  id: string;
  username: string;
  name: string;
  avatar?: string;
}

/** The people who have an account, in the order of their user names. */
export interface PersonList {
  more: boolean;
  cursor: string | null;
  people: Person[];
}

/** Who has no account any more. */
export interface RemovedPerson {
  username: string;
}

/** An invitation's `code`, which is told this once; for how many accounts, and until when. */
export interface Invited {
  code: string;
  site: string;
  uses: number;
  expires_at: string;
}

/** A program's `token`, which is told this once, and what was `made`. */
export interface TokenMade {
  token: string;
  made: ProgramToken;
}

/**
 * A program's token, without what proves it. `sites` empty: all; `used_at`: when it was last used, to
 * the hour, null for never.
 */
export interface ProgramToken {
  name: string;
  scopes: string[];
  sites: string[];
  by: string;
  created_at: string;
  expires_at: string;
  used_at: string | null;
}

/** The tokens of programs that are good, in the order of their names. */
export interface TokenList {
  more: boolean;
  cursor: string | null;
  tokens: ProgramToken[];
}

/** Whose token is good no more. */
export interface TokenRevoked {
  name: string;
}

/** What the `token` is that one asks with. */
export interface TokenShown {
  token: ProgramToken;
}

/** A page of the parts in which there was anything, in their order, and all of them in `total`. */
export interface Report {
  more: boolean;
  cursor: string | null;
  report: "departments" | "operators" | "queue" | "rating" | "sites" | "tags" | "targets";
  since: string;
  until: string;
  tz: string;
  group:
    | "all"
    | "day"
    | "department"
    | "hour"
    | "month"
    | "operator"
    | "priority"
    | "site"
    | "tag"
    | "week";
  total: ReportFigures;
  rows: ReportRow[];
}

/**
 * Of the requests for help that began in a time: how many there were, how many of these opened a
 * ticket again, wanted a person, wait for one, were accepted, abandoned, dropped, answered by a
 * person, closed, cancelled by the customer, closed since nothing came from there any more, made while
 * nobody came soon (`offline`); of how many what was promised (`response`, `resolution`) was kept and
 * missed; what became of them, what was written in them, and how long it took; what their customers
 * said of them afterwards, by score, and the mean of that. See docs/reports.md.
 */
export interface ReportFigures {
  opened: number;
  reopened: number;
  requested: number;
  waiting: number;
  accepted: number;
  abandoned: number;
  dropped: number;
  answered: number;
  closed: number;
  cancelled: number;
  silent: number;
  offline: number;
  response_met: number;
  response_missed: number;
  resolution_met: number;
  resolution_missed: number;
  transfers: number;
  returns: number;
  passes: number;
  customer_messages: number;
  operator_messages: number;
  wait: Durations;
  first_response: Durations;
  handling: Durations;
  rated: number;
  rated_5: number;
  rated_4: number;
  rated_3: number;
  rated_2: number;
  rated_1: number;
  rating_mean: number | null;
}

/**
 * How long something took, in seconds, of so many; null of none. The median, and what nine of ten did
 * not exceed, are off by a hundredth at most; the others are exact.
 */
export interface Durations {
  count: number;
  mean_s: number | null;
  median_s: number | null;
  p90_s: number | null;
  longest_s: number | null;
}

/**
 * The figures of a part: `at` names its hour, day, week or month as the time zone has it; `since` and
 * `until` are when that begins and ends, `operator` (empty: nobody accepted), `site`, `department`,
 * `tag` (empty: none) and `priority` whose it is, null for all of them. With these seven one asks for
 * the tickets. What has several tags is in a row of each.
 */
export interface ReportRow {
  opened: number;
  reopened: number;
  requested: number;
  waiting: number;
  accepted: number;
  abandoned: number;
  dropped: number;
  answered: number;
  closed: number;
  cancelled: number;
  silent: number;
  offline: number;
  response_met: number;
  response_missed: number;
  resolution_met: number;
  resolution_missed: number;
  transfers: number;
  returns: number;
  passes: number;
  customer_messages: number;
  operator_messages: number;
  wait: Durations;
  first_response: Durations;
  handling: Durations;
  rated: number;
  rated_5: number;
  rated_4: number;
  rated_3: number;
  rated_2: number;
  rated_1: number;
  rating_mean: number | null;
  at: string | null;
  since: string;
  until: string;
  operator: string | null;
  site: string | null;
  department: string | null;
  tag: string | null;
  priority: string | null;
}

/** A page of the requests for help in a figure, the newest first. */
export interface CountedRequests {
  more: boolean;
  cursor: string | null;
  tickets: CountedRequest[];
}

/**
 * A request for help that is in a figure: the ticket's `id`, which of its requests this is, and how
 * long it took, null where that did not happen, or not yet.
 */
export interface CountedRequest {
  id: string;
  number: number;
  site: string;
  opened_at: string;
  operator: string | null;
  department: string;
  priority: string;
  tags: string[];
  wait_s: number | null;
  first_response_s: number | null;
  handling_s: number | null;
  abandoned: boolean;
  score: number | null;
}

/**
 * How it stands now: how many wait and for how long who has waited longest; `lines`: where, the
 * longest wait first, at most 100; a page of the operators, those who are on line first.
 */
export interface Board {
  more: boolean;
  cursor: string | null;
  at: string;
  waiting: number;
  longest_wait_s: number;
  operators_online: number;
  lines: BoardLine[];
  operators: BoardOperator[];
}

/** Where somebody waits: of which site, and which department (empty: none). */
export interface BoardLine {
  site: string;
  department: string;
  waiting: number;
  longest_wait_s: number;
}

/**
 * Who is there: `active`, how many tickets they have, offers included, without those put aside, of
 * `capacity`; `over`: more than that. `tickets`: those that are with them, put aside or not, at most
 * 20.
 */
export interface BoardOperator {
  username: string;
  display_name: string;
  status: "away" | "offline" | "online";
  available: boolean;
  active: number;
  capacity: number;
  over: boolean;
  tickets: BoardTicket[];
}

/** What an operator has, or is offered (`waiting`); `for_s`: for how long. */
export interface BoardTicket {
  id: string;
  customer_name: string;
  site: string;
  status: "active" | "bot" | "closed" | "waiting";
  for_s: number;
  snoozed_until: string | null;
}

/** A dialog of people as it is now. */
export interface OneDialog {
  dialog: Direct | Group;
}

/** The dialogs that one is in, in the order of their ids. */
export interface DialogList {
  more: boolean;
  cursor: string | null;
  dialogs: (Direct | Group)[];
}

/** What lets people into a group: its `code`, which is told this once; how many, and until when. */
export interface GroupLink {
  dialog_id: string;
  code: string;
  uses: number;
  expires_at: string;
}

/** Who it concerns, where, and until when; empty: they may write. */
export interface OneMute {
  dialog_id: string;
  participant_id: string;
  name: string;
  until: string;
  reason?: string;
}

/**
 * Messages that were found, newest first. `complete`: all there is could be looked through; not while
 * the index is made anew.
 */
export interface SearchResults {
  more: boolean;
  cursor: string | null;
  found: Found[];
  complete: boolean;
}

/**
 * A message that was found: `excerpt` is a piece of it on one line, `marks` where in that piece the
 * words are, from and to, counted in characters (code points).
 */
export interface Found {
  message_id: string;
  dialog_id: string;
  seq: number;
  kind: "dialog" | "notes" | "room" | "ticket";
  site: string;
  sender_type: "admin" | "bot" | "customer" | "member" | "system";
  sender_name: string;
  created_at: string;
  excerpt: string;
  marks: number[][];
}

/** How many `messages` can be found. */
export interface Indexed {
  messages: number;
}

/**
 * What an app makes codes from: the `secret` in base32, the same as an `address` (`otpauth://…`) and
 * as a QR code. Told this once, and asked for only when it is confirmed.
 */
export interface FactorBegun {
  secret: string;
  address: string;
  qr: QrCode;
}

/** A QR code as what SVG draws: a `path` in a square of `size`, its margin included. */
export interface QrCode {
  size: number;
  path: string;
}

/** The `recovery_codes`, each good once in place of a code; told this once. */
export interface FactorConfirmed {
  recovery_codes: string[];
}

/** The sessions that are good, the oldest first. */
export interface SessionList {
  more: boolean;
  cursor: string | null;
  sessions: OpenSession[];
}

/**
 * A login session, without what proves it. `address`: the network that it was begun from; `device`:
 * with what, as far as that says itself and the extra `devices` is installed; `used_at`: when it was
 * last used, to the hour; `current`: whether it is who asks.
 */
export interface OpenSession {
  id: string;
  where: "browser" | "other" | "terminal";
  address: string;
  device: string;
  created_at: string;
  used_at: string;
  expires_at: string;
  current: boolean;
}

/**
 * What a site's pages show before anybody spoke; `texts`: the site's own. `logo`: an address, absolute
 * or below the daemon's, or empty. `questions`: what visitors send with one press. `team`: some of
 * those who are on line. `answers_in_min`: after how many minutes one is usually answered, a round
 * figure; null where too few were in the last week. `has_mail`, `has_push`: whether who goes can be
 * reached like that. `registration`: who may make an account of their own; `has_people`: whether
 * anybody can log in at `/`. `has_operators`: whether any operator has an account; `has_pages`:
 * whether pages besides the daemon's own may connect; `has_tickets`: whether anybody ever wrote.
 * `files`: how much of them is taken, null where none are. `open`: whether this is within the site's
 * hours; `opens_at`: when it is again, null while it is and where that is not soon. `needs_contact`:
 * whether who begins now has to say how they are reached. `form`: what is asked before the first word.
 * `visitors`: pages say that somebody has them open. `invitations`: the rules that hold now, where
 * there are any.
 */
export interface SiteShown {
  site: string;
  title: string;
  language: string;
  accent: string;
  texts: Record<string, string>;
  greeting: string;
  live_typing: "full" | "indicator" | "off";
  operators_online: number;
  logo: string;
  questions: string[];
  team: Face[];
  answers_in_min: number | null;
  has_mail: boolean;
  has_push: boolean;
  registration: "closed" | "invite" | "open";
  has_people: boolean;
  has_operators: boolean;
  has_pages: boolean;
  has_tickets: boolean;
  files: FileLimits | null;
  open: boolean;
  opens_at: string | null;
  needs_contact: boolean;
  visitors?: boolean;
  invitations?: InvitedByRule[];
  form?: AskedFirst[];
}

/** The sites that one serves, and whether they are open. */
export interface HoursList {
  more: boolean;
  cursor: string | null;
  sites: SiteHours[];
}

/** The canned answers of the sites that one serves. */
export interface CannedList {
  more: boolean;
  cursor: string | null;
  canned: CannedAnswer[];
}

/** A canned answer as it is now. */
export interface OneCanned {
  answer: CannedAnswer;
}

/** Which canned answer is gone. */
export interface CannedRemoved {
  site: string;
  name: string;
}

/** The roles, and all `permissions` that there are. */
export interface RoleList {
  more: boolean;
  cursor: string | null;
  roles: RoleShown[];
  permissions: string[];
}

/**
 * A role of operators, `built_in` or of the file, and what it `may`: of a family that is whole its
 * name alone, `ticket:*`.
 */
export interface RoleShown {
  name: string;
  built_in: boolean;
  may: string[];
}

/** The sites, and what is set of each. */
export interface ManagedSites {
  more: boolean;
  cursor: string | null;
  sites: Managed[];
}

/**
 * A site or department, and whose its values are. `in_file`: whether the file has it; `changed`: the
 * keys that are set while the daemon runs; `version`, `by`, `updated_at`: of the last of these
 * changes; `problem`: why they are not in force.
 */
export interface Managed {
  name: string;
  in_file: boolean;
  changed: string[];
  version?: number;
  by?: string;
  updated_at?: string;
  problem?: string;
}

/**
 * All that can be set of a site or department, as it is. `texts`: what a site says where it has no
 * text of its own, by key.
 */
export interface SettingsShown {
  managed: Managed;
  settings: Setting[];
  texts?: Record<string, string>;
}

/**
 * A key with its value, that as TOML too, and where it is from: the `file` and its defaults, or set
 * `here`.
 */
export interface Setting {
  key: string;
  value: unknown;
  toml: string;
  source: "file" | "here";
}

/** The departments, in the file and made here. */
export interface ManagedDepartments {
  more: boolean;
  cursor: string | null;
  departments: Managed[];
}

/** Which department is gone, and how many open tickets were moved. */
export interface DepartmentRemoved {
  department: string;
  moved: number;
}

/** Where one is, is known. */
export interface VisitNoted {
}

/**
 * Who has a page open of the sites that one serves, who came last first; `totals`: how many there are
 * by site, of whom at most 500 of each are named. Sites that do not ask for this are not there.
 */
export interface VisitorList {
  more: boolean;
  cursor: string | null;
  visitors: Visitor[];
  totals: Record<string, number>;
}

/** A visitor who was invited, and how. */
export interface VisitorShown {
  visitor: Visitor;
  invitation: Invitation;
}

/** All views that an operator has saved, in the order of their names. */
export interface SavedViews {
  views: SavedView[];
}

/** What a list is narrowed to, under a name; nothing of what is `None`. */
export interface SavedView {
  name: string;
  status?: "active" | "bot" | "closed" | "waiting" | null;
  site?: string | null;
  tag?: string | null;
  priority?: "high" | "low" | "normal" | "urgent" | null;
  department?: string | null;
  operator?: string | null;
  waits_s?: number | null;
  overdue?: boolean | null;
  snoozed?: boolean | null;
}

/**
 * A call, and the servers that are there for everybody: those that ask for a password are told of by
 * `call:ice`, once it is `active`. One that was `busy` has ended.
 */
export interface Started {
  call: Call;
  ice_servers: IceServer[];
  ice_transport_policy: "all" | "relay";
}

/** A server as `RTCPeerConnection` takes it; with a password, where it relays. */
export interface IceServer {
  urls: string[];
  username?: string;
  credential?: string;
}

/** A call that is active on this connection from now on. */
export interface Accepted {
  ice_servers: IceServer[];
  ice_transport_policy: "all" | "relay";
  ttl: number;
  call: Call;
}

/** A call as it is now. */
export interface OneCall {
  call: Call;
}

/**
 * By which servers the two can reach each other, for `ttl` seconds from now; `ice_transport_policy`:
 * what `RTCPeerConnection` is to be told.
 */
export interface Ice {
  ice_servers: IceServer[];
  ice_transport_policy: "all" | "relay";
  ttl: number;
}

/**
 * The calls that are open, and those that ended lately, the newest first. Of one that was asked for:
 * `quality`, what its sides told of how good it is, and `recordings`, all that it has.
 */
export interface CallList {
  more: boolean;
  cursor: string | null;
  calls: CallRow[];
  quality: QualityRow[];
  recordings: CallRecording[];
}

/**
 * A call as it is listed for who runs the daemon. `who`: the ids of its participants; `outcome`: what
 * came of it, or of one that is open its state; `seconds`: how long was spoken; `node`: where it was
 * started; `traced`: the log tells of every signal; `recorded`: what became of its recordings, one
 * after another, and `file_id`: what the newest is in of which there is anything.
 */
export interface CallRow {
  id: string;
  dialog_id: string;
  media: ("audio" | "video")[];
  state: "active" | "ended" | "ringing";
  reason: "busy" | "declined" | "failed" | "hangup" | "lost" | "timeout" | null;
  started_by: string;
  participants: CallParty[];
  created_at: string;
  accepted_at: string | null;
  ended_at: string | null;
  recorder?: string;
  recording?: CallRecording;
  who: string[];
  outcome: string;
  seconds: number | null;
  ended_by: string;
  traced: boolean;
  node: string;
  recorded: string;
  file_id: string;
}

/**
 * What one side of a call told last of how good it is, at `at`; with `worst` what was the worst of the
 * whole call, and all that was ever wrong.
 */
export interface QualityRow {
  id: string;
  at: string;
  state: "closed" | "connected" | "connecting" | "disconnected" | "failed" | "new";
  route: "direct" | "relayed" | null;
  rtt_ms: number;
  worst_rtt_ms: number;
  jitter_ms: number;
  loss_in: number;
  loss_out: number;
  worst_loss: number;
  kbps_in: number;
  kbps_out: number;
  codecs: string[];
  troubles:
    | ("frozen"
    | "no_relay"
    | "no_way"
    | "nothing"
    | "silent"
    | "bandwidth"
    | "cpu"
    | "distant"
    | "jitter"
    | "loss")[];
}

/** The voice channel that one is in from now on; to whoever was there, one makes an offer. */
export interface VoiceJoined {
  ice_servers: IceServer[];
  ice_transport_policy: "all" | "relay";
  ttl: number;
  call_id: string;
  participants: VoiceParty[];
}

/** Who is in a voice channel. */
export interface VoiceShown {
  dialog_id: string;
  call_id: string;
  participants: VoiceParty[];
}

/** What each server answered. */
export interface TestedTurn {
  checks: Finding[];
}

/**
 * What a site's bot would say and do, and the passages that it was given for it. `failed`: why it has
 * no answer, and hands over.
 */
export interface BotAsked {
  passages: PassageFound[];
  say: string;
  action: "close" | "continue" | "hand_over";
  reason: string;
  sources: Source[];
  failed: string;
}

/** A passage that a question finds in a site's knowledge. */
export interface PassageFound {
  id: string;
  title: string;
  url: string;
  text: string;
}

/** What an answer is from, and where that stands on the web, if it does. */
export interface Source {
  title: string;
  url?: string;
}

/**
 * What was written for an operator, who makes of it what they want; nobody else has seen it.
 * `sources`: the passages that it was made with.
 */
export interface Written {
  text: string;
  sources: Source[];
}

/** One of several that could not be joined: its `error` is as that of a command. */
export interface NotJoined {
  dialog_id: string;
  error: Record<string, unknown>;
}

/** A room, a ticket or a ticket's notes. */
export type Dialog = Room | Ticket | Notes | Direct | Group;

/** The events by their names: what their data are. */
export interface Events {
  "message:new": Message;
  "message:update": Message | Reactions;
  "typing:start": TypingStart;
  "typing:stop": TypingStop;
  "draft:edit": DraftEdit;
  "receipt:update": Receipt;
  "presence:update": PresenceUpdate;
  "dialog:update": DialogUpdate;
  "dialog:news": DialogNews;
  "note:mention": NoteMention;
  "identity:expiring": IdentityExpiring;
  "queue:update": QueueUpdate;
  "colleague:update": ColleagueUpdate;
  "visitor:update": VisitorUpdate;
  "visitor:invited": VisitorInvited;
  "customer:update": CustomerUpdate;
  "ticket": TicketUpdate;
  "call:update": CallUpdate;
  "call:recording": RecordingUpdate;
  "call:signal": CallSignal;
  "voice:update": VoiceUpdate;
}

/** The commands by their names: what they are answered with. */
export interface Answers {
  "hello": Welcome;
  "ping": Pong;
  "dialog:join": Joined;
  "dialog:leave": Left;
  "message:send": OneMessage;
  "message:edit": OneMessage;
  "message:delete": OneMessage;
  "message:earlier": EarlierTexts;
  "message:react": OneMessage;
  "history:get": MessagePage;
  "typing:start": Done;
  "typing:stop": Done;
  "draft:edit": DraftTaken;
  "receipt:delivered": OneReceipt;
  "receipt:read": OneReceipt;
  "presence:set": OwnPresence;
  "ticket:open": OpenedTicket;
  "ticket:request": TicketInLine;
  "ticket:accept": OneTicket;
  "ticket:transfer": TransferredTicket;
  "ticket:return": OneTicket;
  "ticket:close": OneTicket;
  "ticket:reopen": OneTicket;
  "ticket:update": OneTicket;
  "ticket:tag": OneTicket;
  "ticket:transcript": MailedTranscript;
  "ticket:get": TicketPage;
  "ticket:customer": CustomerShown;
  "ticket:messages": TicketPage;
  "ticket:reply": OneMessage;
  "message:system": OneMessage;
  "ticket:list": TicketList;
  "queue:get": QueuePage;
  "queue:watch": QueuePage;
  "ticket:mine": TicketList;
  "mention:list": MentionList;
  "operator:login": LoggedIn;
  "operator:logout": LoggedOut;
  "operator:me": OneOperator;
  "operator:create": OneOperator;
  "operator:list": OperatorList;
  "operator:passwd": OneOperator;
  "operator:set": OneOperator;
  "operator:remove": RemovedOperator;
  "operator:disable": OneOperator;
  "ticket:snooze": OneTicket;
  "room:enter": Done;
  "room:list": RoomList;
  "connection:list": ConnectionList;
  "connection:kick": ClosedConnection;
  "ban:add": AddedBan;
  "ban:remove": OneBan;
  "ban:list": BanList;
  "stats:get": Figures;
  "connection:stats": ConnectionStats;
  "daemon:examine": Findings;
  "log:levels": LogLevels;
  "daemon:status": DaemonStatus;
  "log:level": AreaLevel;
  "config:reload": Reloaded;
  "daemon:drain": Draining;
  "store:backup": BackedUp;
  "audit:read": AuditEntries;
  "errand:list": ErrandList;
  "errand:retry": OneErrand;
  "errand:drop": OneErrand;
  "webhook:list": WebhookList;
  "webhook:test": TestedWebhook;
  "webhook:replay": Replayed;
  "webhook:open": OpenedWebhook;
  "mail:test": TestedMail;
  "file:create": OneFile;
  "file:write": OneFile;
  "file:get": OneFile;
  "file:remove": RemovedFile;
  "file:usage": FileUsage;
  "ticket:cancel": OneTicket;
  "ticket:rate": OneTicket;
  "conversation:remove": Erased;
  "transcript:get": Transcript;
  "person:show": Belongings;
  "person:export": Exported;
  "person:forget": Forgotten;
  "push:key": PushOffered;
  "push:subscribe": Subscribed;
  "push:unsubscribe": Subscribed;
  "passkey:list": PasskeyList;
  "passkey:begin": PasskeyBegun;
  "passkey:confirm": OnePasskey;
  "passkey:remove": OnePasskey;
  "passkey:ask": PasskeyAsked;
  "passkey:login": LoggedIn;
  "operator:passkeys": PasskeyList;
  "operator:passkey_off": PasskeyList;
  "person:register": PersonLoggedIn;
  "person:login": PersonLoggedIn;
  "person:logout": LoggedOut;
  "person:me": OnePerson;
  "person:find": PeopleFound;
  "person:password": OnePerson;
  "person:avatar": OnePerson;
  "user:create": OnePerson;
  "user:list": PersonList;
  "user:passwd": OnePerson;
  "user:disable": OnePerson;
  "user:avatar": OnePerson;
  "user:remove": RemovedPerson;
  "user:invite": Invited;
  "token:create": TokenMade;
  "token:list": TokenList;
  "token:revoke": TokenRevoked;
  "token:me": TokenShown;
  "report:get": Report;
  "report:tickets": CountedRequests;
  "board:get": Board;
  "dialog:create": OneDialog;
  "dialog:list": DialogList;
  "dialog:watch": DialogList;
  "dialog:invite": OneDialog;
  "dialog:remove": OneDialog;
  "dialog:rename": OneDialog;
  "dialog:past": OneDialog;
  "dialog:hand_over": OneDialog;
  "dialog:link": GroupLink;
  "dialog:unlink": OneDialog;
  "dialog:enter": OneDialog;
  "dialog:quit": Left;
  "dialog:mute": OneDialog;
  "member:mute": OneMute;
  "member:unmute": OneMute;
  "search:messages": SearchResults;
  "search:rebuild": Indexed;
  "factor:begin": FactorBegun;
  "factor:confirm": FactorConfirmed;
  "factor:remove": OneOperator;
  "operator:factor_off": OneOperator;
  "operator:password": OneOperator;
  "session:list": SessionList;
  "session:end": LoggedOut;
  "operator:sessions": SessionList;
  "operator:session_end": LoggedOut;
  "ticket:own": TicketList;
  "identity:end": Done;
  "site:get": SiteShown;
  "hours:list": HoursList;
  "canned:list": CannedList;
  "canned:put": OneCanned;
  "canned:remove": CannedRemoved;
  "role:list": RoleList;
  "site:list": ManagedSites;
  "site:settings": SettingsShown;
  "site:put": SettingsShown;
  "site:reset": SettingsShown;
  "department:list": ManagedDepartments;
  "department:settings": SettingsShown;
  "department:put": SettingsShown;
  "department:reset": SettingsShown;
  "department:remove": DepartmentRemoved;
  "visit:note": VisitNoted;
  "visitor:list": VisitorList;
  "visitor:watch": VisitorList;
  "visitor:invite": VisitorShown;
  "view:list": SavedViews;
  "view:save": SavedViews;
  "view:remove": SavedViews;
  "call:start": Started;
  "call:accept": Accepted;
  "call:decline": OneCall;
  "call:end": OneCall;
  "call:signal": Done;
  "call:ice": Ice;
  "call:record": OneCall;
  "call:consent": OneCall;
  "call:quality": Done;
  "call:list": CallList;
  "call:trace": OneCall;
  "voice:join": VoiceJoined;
  "voice:leave": Left;
  "voice:set": VoiceShown;
  "turn:test": TestedTurn;
  "bot:ask": BotAsked;
  "ticket:draft": Written;
  "ticket:summary": Written;
}
