/** The shapes of value cells and clusters, as the server declares them. */
import type { components } from "@/api/schema";

export type Report = components["schemas"]["ClusterReportOut"];
export type Rfm = components["schemas"]["RfmOut"];
