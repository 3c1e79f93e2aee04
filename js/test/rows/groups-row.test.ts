import assert from "node:assert/strict";
import { test } from "node:test";
import { shownGroups } from "../../src/rows/groups-row.ts";

test("many groups: the first, the last and how many between", () => {
  assert.deepEqual(shownGroups(3, 3), { head: [0, 1, 2], between: 0, tail: [] });
  assert.deepEqual(shownGroups(9, 2), { head: [0], between: 7, tail: [8] });
});
