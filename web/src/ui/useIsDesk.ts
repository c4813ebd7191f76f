/** Whether there is room beside one column: what lies side by side at a desk stands one below the other on a phone. */
import { Grid } from "antd";

export function useIsDesk(): boolean {
  return Grid.useBreakpoint().md ?? true;
}
