// What html-validate holds the pages to: all that it recommends but what a mail has to do otherwise.
export default {
  extends: ["html-validate:recommended"],
  rules: {
    "doctype-style": ["error", { style: "lowercase" }],
    // Some mail programs drop style sheets: looks stand in the elements too.
    "no-inline-style": "off",
    // Outlook for Windows sets pages with Word, which knows neither max-width nor margins of tables without attributes.
    "no-deprecated-attr": "off",
    "no-conditional-comment": "off",
    // Programs that rename <article> keep role="article" on a <div>.
    "prefer-native-element": ["error", { exclude: ["article"] }],
    // Tables are layout: a row is all they have.
    "prefer-tbody": "off",
  },
};
