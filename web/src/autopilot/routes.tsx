import type { RouteObject } from "react-router";

/** Addresses of this package's pages. The cockpit is home. */
export const routes: RouteObject[] = [
  { path: "/", lazy: () => import("./CockpitPage") },
  { path: "/campaigns", lazy: () => import("./CampaignsPage") },
  { path: "/campaigns/compare", lazy: () => import("./ComparePage") },
  { path: "/campaigns/new", lazy: () => import("./wizard/StartPage") },
  { path: "/campaigns/:id/edit", lazy: () => import("./wizard/WizardPage") },
  { path: "/campaigns/:id", lazy: () => import("./CampaignPage") },
  { path: "/reports", lazy: () => import("./ReportsPage") },
  { path: "/reports/:id", lazy: () => import("./ReportPage") },
  { path: "/experiments", lazy: () => import("./ExperimentsPage") },
];
