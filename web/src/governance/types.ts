/** The shapes of accounts and settings, as the server declares them. */
import type { components } from "@/api/schema";

export type Company = components["schemas"]["CompanyOut"];
