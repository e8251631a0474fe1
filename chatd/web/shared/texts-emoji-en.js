// English: the emoji panel; the numbers are those of the groups in the data.
export const TEXTS = {
  emoji: "Emoji",
  search: "Find an emoji",
  groups: "Sections",
  found: "Found",
  none: "Nothing found",
  0: "Faces and feelings",
  1: "People and gestures",
  3: "Animals and nature",
  4: "Food and drink",
  5: "Places and travel",
  6: "Activities",
  7: "Things",
  8: "Symbols",
  9: "Flags",
};
