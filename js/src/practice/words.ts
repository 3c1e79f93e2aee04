// What practice says: words of their own file, which most pages never need.

import words from "../../../lr_widget/common/practice.json" with { type: "json" };

export { words };
