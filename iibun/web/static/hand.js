// Takes an article that another page handed over (bookmarklet.js: in the fragment) or a phone shared (in the query), and puts
// it into the fields of the form for articles, where drafts.js finds it. The reader then has it read, or not.
const FIELDS = { text: "draft-paste-text", title: "draft-paste-headline", publisher: "draft-paste-publisher", url: "draft-paste-url" };
const MOST = { text: 100_000, title: 500, publisher: 200, url: 2000 };
const field = (name) => `iibun:st-key-${name}`;
const isAddress = (words) => /^https?:\/\/\S+$/.test(words);

function handed() {
  try {
    const given = location.hash.length > 1 ? JSON.parse(decodeURIComponent(location.hash.slice(1))) : Object.fromEntries(new URLSearchParams(location.search));
    const text = (name) => (typeof given?.[name] === "string" ? given[name].trim().slice(0, MOST[name] ?? 40) : "");
    const found = Object.fromEntries([...Object.keys(FIELDS), "published"].map((name) => [name, text(name)]));
    if (!isAddress(found.url)) found.url = "";
    found.published = /^\d{4}-\d{2}-\d{2}/.exec(found.published)?.[0] ?? "";
    return { ...found, cut: given?.cut === true };
  } catch {
    return {};
  }
}

/** Put it into the form. An address alone goes to the home page, which fetches it. */
function take(article) {
  const alone = isAddress(article.text) ? article.text : article.text ? "" : article.url;
  if (alone) {
    sessionStorage.setItem(field("draft-home-text"), alone);
    return location.replace("/");
  }
  for (const [name, key] of Object.entries(FIELDS)) sessionStorage.setItem(field(key), article[name]);
  const day = article.published ? `&day=${article.published}` : "";
  location.replace(`/articles?add=1&handed=1${day}`);
}

const show = (id, act) => {
  for (const section of document.querySelectorAll("section")) section.hidden = section.id !== id;
  document.querySelector(`#${id} button`).addEventListener("click", act);
};

const article = handed();
history.replaceState(null, "", location.pathname);
if (article.text || article.url) {
  const typed = Object.entries(FIELDS).some(([name, key]) => {
    const words = sessionStorage.getItem(field(key));
    return words && words !== article[name];
  });
  const go = () => (article.cut ? show("cut", () => take(article)) : take(article));
  if (typed) show("busy", go); // what the reader has typed is not lost without a word
  else go();
}
for (const link of document.querySelectorAll(".drag a")) link.addEventListener("click", (event) => event.preventDefault());
