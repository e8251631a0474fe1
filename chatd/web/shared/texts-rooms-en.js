// English: rooms.
import { TEXTS as PAGES } from "./texts-pages-en.js";

export const TEXTS = {
  ...PAGES,
  noRoom: "There is no such room",
  moderateWho: "Moderate: {name}",
  banish: "Ban",
  banished: "{name} is kept out",
  withNetwork: "And everybody from the same network",
  banishHint: "Ends their connection at once, in all rooms and everywhere else here. To let them in: chatd admin unban",
  asOperator: "Enter as operator: {name}",
  notAsOperator: "Leave the role of operator",
  membersOnly: "Some rooms are for people with an account.",
  signInHere: "Sign in",
  withPassword: "with a password",
  changeName: "Change name",
  roomLead: "Here you see everybody type their words.",
  nobodyHere: "Nobody is here yet",
  otherRooms: "But there are others:",
  roomGone: "This room is no longer there",
  roomFull: "The room is full",
  noRooms: "This page may not enter the rooms",
  awayOne: "away",
  operatorMark: "operator",

};
