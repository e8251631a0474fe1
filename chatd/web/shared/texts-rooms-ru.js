// Russian: rooms.
import { TEXTS as PAGES } from "./texts-pages-ru.js";

export const TEXTS = {
  ...PAGES,
  noRoom: "Такой комнаты нет",
  moderateWho: "Модерация: {name}",
  banish: "Не впускать",
  banished: "{name}: больше не войдёт",
  withNetwork: "И никого из той же сети",
  banishHint: "Обрывает связь сразу, во всех комнатах и на всём сервере. Вернуть: chatd admin unban",
  asOperator: "Войти как оператор: {name}",
  notAsOperator: "Выйти из роли оператора",
  membersOnly: "Некоторые комнаты — для тех, у кого есть аккаунт.",
  signInHere: "Войти",
  withPassword: "по паролю",
  changeName: "Сменить имя",
  roomLead: "Здесь видно, как каждый набирает свои слова.",
  nobodyHere: "Пока здесь никого",
  otherRooms: "Зато есть другие:",
  roomGone: "Этой комнаты больше нет",
  roomFull: "В комнате нет свободных мест",
  noRooms: "Эта страница не может входить в комнаты",
  awayOne: "отошёл",
  operatorMark: "оператор",

};
