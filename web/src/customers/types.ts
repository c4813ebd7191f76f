/** The shapes of customers, as the server declares them. */
import type { components } from "@/api/schema";

export type Customer = components["schemas"]["CustomerDetailOut"];
