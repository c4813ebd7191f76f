import type { RouteObject } from "react-router";

/** Addresses of this package's pages. */
export const routes: RouteObject[] = [
  { path: "/templates", lazy: () => import("./TemplatesPage") },
  { path: "/templates/new", lazy: () => import("./NewTemplatePage") },
  { path: "/templates/:id", lazy: () => import("./TemplatePage") },
  { path: "/offers", lazy: () => import("./OffersPage") },
];
