import type { components } from "@/api/schema";

export type Role = components["schemas"]["MeOut"]["role"];

/** From most to least. */
export const ROLES: readonly Role[] = ["owner", "marketer", "analyst", "support", "dpo"];
