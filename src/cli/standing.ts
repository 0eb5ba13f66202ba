export { conditionOf, type Standing, standingOf } from "../api/standing.ts";
