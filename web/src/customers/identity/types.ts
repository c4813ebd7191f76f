import type { components } from "@/api/schema";

export type Proposal = components["schemas"]["MatchProposalView"];
export type Merge = components["schemas"]["CustomerMergeView"];
export type Person = components["schemas"]["WholePersonView"];
export type Run = components["schemas"]["IdentityRunOut"];
export type Rules = components["schemas"]["IdentityRulesOut"];
export type Rule = components["schemas"]["JoinRuleIn"];

export const LIVE = new Set<Run["state"]>(["queued", "running", "cancelling"]);
