// Playgrounds go to the places that the lessons keep for them.
document.addEventListener("DOMContentLoaded", () => Play.find());

// Excerpts below search results come from the article alone, not from the bars around it.  A page that was opened
// without a server may not read other files: there the excerpts are left out.
document.addEventListener("DOMContentLoaded", () => {
  if (typeof Search === "undefined") return;
  DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = location.protocol !== "file:";
  if (document.documentElement.lang === "ko") {
    // Sphinx's Korean messages have no sentence for this
    Documentation.TRANSLATIONS["Search finished, found one page matching the search query."] = [
      "${resultCount}곳을 찾았습니다.",
    ];
  }
  const original = Search.htmlToText;
  Search.htmlToText = (html, anchor) => {
    const article = new DOMParser().parseFromString(html, "text/html").querySelector("article.bd-article");
    return original(article ? `<main role="main">${article.innerHTML}</main>` : html, anchor);
  };
});
