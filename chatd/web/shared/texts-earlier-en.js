// English: the widget's list of a visitor's conversations.
export const TEXTS = {
  earlierOpen: "open",
  earlierEnded: "ended",
  earlierNone: "There were no conversations yet",
  earlierFailed: "They could not be fetched, try again",
  earlierMore: "Show more",
  earlierBack: "Back",
  earlierNew: "New conversation",
};
