// English: the widget's list of a visitor's conversations.
export const TEXTS = {
  yoursOpen: "open",
  yoursEnded: "ended",
  yoursNone: "There were no conversations yet",
  yoursFailed: "They could not be fetched, try again",
  yoursMore: "Show more",
  yoursBack: "Back",
  yoursNew: "New conversation",
};
