// Original file: anchorgym/v1/environment.proto

import type { GroupInit as _anchorgym_v1_GroupInit, Group as _anchorgym_v1_Group } from '../../anchorgym/v1/Group.ts';
import type { StatusInit as _google_rpc_StatusInit, Status as _google_rpc_Status } from '../../google/rpc/Status.ts';

export interface CreateGroupsResultInit {
  /**
   * GroupSpec.group_key.
   */
  'groupKey'?: (string);
  'group'?: (_anchorgym_v1_GroupInit | null);
  'status'?: (_google_rpc_StatusInit | null);
  'result'?: "group"|"status";
}

export interface CreateGroupsResult {
  /**
   * GroupSpec.group_key.
   */
  'groupKey': (string);
  'group'?: (_anchorgym_v1_Group | null);
  'status'?: (_google_rpc_Status | null);
  'result'?: "group"|"status";
}
