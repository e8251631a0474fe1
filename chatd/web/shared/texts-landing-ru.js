// Russian: the landing page.
import { TEXTS as PAGES } from "./texts-pages-ru.js";

export const TEXTS = {
  ...PAGES,
  landingTitle: "chatd",
  landingLead: "Живой чат для вашего сайта и комнаты, где видно, как человек набирает текст.",
  landingOpen: "Открыть чат",
  landingTry: "Попробуйте: кнопка чата в углу этой страницы настоящая.",
  landingSteps: "Первые шаги",
  landingStepsDone: "Сделано {n} из {of}",
  stepDone: "сделано",
  stepOpen: "ещё нет",
  stepOperator: "Создать оператора",
  stepOperatorHint: "На сервере, в терминале. Спросят пароль; с ним и входят.",
  stepPage: "Впустить свою страницу",
  stepPageHint: "Впишите её адрес в файл настроек и дайте его перечитать.",
  stepMessage: "Получить первое сообщение",
  stepMessageHint: "Напишите в чат в углу. Кто ждёт ответа, видно и в терминале:",
  landingConsole: "Рабочее место оператора",
  landingConsoleHint: "Очередь, разговоры, заметки, готовые ответы.",
  landingRooms: "Комнаты",
  landingRoomsHint: "Общий разговор, слова появляются по буквам.",
  landingSnippet: "На свою страницу",
  landingSnippetHint: "Одна строка перед </body>. Адрес страницы впишите в origins сайта в настройках.",
  copied: "Скопировано",
  landingOff: "Эта страница выключается ключом landing = false в разделе [web].",
};
