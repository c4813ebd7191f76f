import type { RouteObject } from "react-router";

/** Addresses of identity's pages. */
export const routes: RouteObject[] = [{ path: "/identity", lazy: () => import("./IdentityPage") }];
