/** The shapes of cockpit and reports, as the server declares them. */
import type { components } from "@/api/schema";

export type Cockpit = components["schemas"]["Cockpit"];
export type Story = components["schemas"]["ReportStory"];
