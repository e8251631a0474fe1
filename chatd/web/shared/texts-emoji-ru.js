// Russian: the emoji panel; the numbers are those of the groups in the data.
export const TEXTS = {
  emoji: "Эмодзи",
  search: "Найти эмодзи",
  groups: "Разделы",
  found: "Найденное",
  none: "Ничего не нашлось",
  0: "Лица и чувства",
  1: "Люди и жесты",
  3: "Животные и природа",
  4: "Еда и напитки",
  5: "Места и путешествия",
  6: "Занятия",
  7: "Предметы",
  8: "Символы",
  9: "Флаги",
};
