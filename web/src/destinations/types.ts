/** The shapes of destinations, as the server declares them. */
import type { components } from "@/api/schema";

type Schemas = components["schemas"];
export type Export = Schemas["ExportDetail"];
export type Listed = Schemas["ExportOut"];
export type Run = Schemas["ExportRunOut"];
export type Tested = Schemas["ExportTestedOut"];
export type Untaken = Schemas["UntakenRowOut"];
export type What = Listed["what"];

export const WHATS: readonly What[] = ["customers", "segment", "campaign"];
