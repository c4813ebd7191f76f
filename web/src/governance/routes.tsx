import type { RouteObject } from "react-router";

/** Pages for people who are signed in: profile, security, people, keys, settings, audit. */
export const routes: RouteObject[] = [
  { path: "/profile", lazy: () => import("./ProfilePage") },
  { path: "/security", lazy: () => import("./SecurityPage") },
  { path: "/people", lazy: () => import("./PeoplePage") },
  { path: "/api-keys", lazy: () => import("./ApiKeysPage") },
  { path: "/settings", lazy: () => import("./SettingsPage") },
  { path: "/audit", lazy: () => import("./AuditPage") },
];

/** Pages without the shell: sign in, sign up, invitation, password reset. */
export const publicRoutes: RouteObject[] = [
  { path: "/sign-in", lazy: () => import("./SignInPage") },
  { path: "/sign-up", lazy: () => import("./SignUpPage") },
  { path: "/join/:token", lazy: () => import("./JoinPage") },
  { path: "/forgot-password", lazy: () => import("./ForgotPage") },
  { path: "/reset-password/:key", lazy: () => import("./ResetPage") },
  { path: "/enter/:token", lazy: () => import("./EnterPage") },
];
