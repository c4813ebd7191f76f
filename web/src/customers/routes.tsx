import type { RouteObject } from "react-router";
import { routes as identity } from "./identity/routes";

/** Addresses of this package's pages. */
export const routes: RouteObject[] = [
  { path: "/customers", lazy: () => import("./ListPage") },
  ...identity,
  { path: "/customers/:id", lazy: () => import("./CustomerPage") },
];
