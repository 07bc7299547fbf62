// MathJax measures the words of a formula when it draws them: their font has to be there by then (site/conf.py names it).
MathJax.startup = {
  async pageReady() {
    const formulas = [...document.querySelectorAll(".math")].map((formula) => formula.textContent).join("");
    if (/[가-힣]/.test(formulas)) await document.fonts.load('16px "Course Hangul"', formulas).catch(() => {});
    return MathJax.startup.defaultPageReady();
  },
};
