// The bookmarklet (iibun/web/handing.py makes one line of it): what is selected, else the article of the open page, goes to
// Iibun in the fragment of an address, which no server sees.
(() => {
  const one = (...names) => {
    for (const name of names) {
      const found = document.querySelector(`meta[property="${name}"], meta[name="${name}"], meta[itemprop="${name}"]`);
      if (found && found.content) return found.content;
    }
    return "";
  };
  const part = ["[itemprop=articleBody]", "article", "main", "[role=main]"].map((s) => document.querySelector(s)).find((e) => e && e.innerText.trim().length > 200);
  const text = String(getSelection()).trim() || (part || document.body).innerText;
  const canonical = document.querySelector("link[rel=canonical]");
  const time = document.querySelector("time[datetime]");
  const handed = {
    text: text.slice(0, MOST),
    cut: text.length > MOST,
    title: one("og:title") || document.title,
    url: (canonical && canonical.href) || location.href,
    published: one("article:published_time", "datePublished", "date", "pubdate") || (time ? time.dateTime : ""),
    publisher: one("og:site_name") || location.hostname,
  };
  const width = Math.min(760, Math.round(screen.availWidth / 2));
  const place = `popup,width=${width},height=${screen.availHeight},left=${screen.availWidth - width},top=0`;
  open(ORIGIN + PATH + "#" + encodeURIComponent(JSON.stringify(handed)), "_blank", place);
})()
