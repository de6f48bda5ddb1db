package slack

import (
	"strings"

	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
)

// refusal is what a code of Slack's means to the caller of a tool.
type refusal struct {
	code   toolerr.Code
	advice string
	// final says that the same call fails again, whatever the code.
	final bool
}

// What several codes are answered with.
const (
	adviseToken   = "the token is not accepted any more: sign in again, or have whoever operates this service set a new one"
	adviseAdmin   = "the workspace's administrators do not allow it: ask them"
	adviseChannel = "it does not exist, or the token does not see it: look it up with list_channels, or have the app invited if it is private"
	adviseName    = "use at most 80 lower-case letters, digits, hyphens and underscores"
	adviseLater   = "Slack is not well: try again later"
	adviseUser    = "no such person is visible: look them up with find_users"
	adviseMessage = "there is no such message: ts is that of a message as other tools return it"
	adviseLong    = "shorten it, or split it into several messages"
	adviseText    = "give text or blocks"
	adviseTime    = "the time must be in the future, within 120 days"
	adviseFile    = "the file does not exist, was deleted, or the token does not see it"
	adviseDefect  = "this service asked in a way that Slack does not take: tell whoever operates it"
	adviseBotKind = "Slack does not offer it to this kind of token"
	adviseMembers = "whoever the token is of is not in the channel: invite the app with /invite, or have the service run with --auto-join for public channels, with the scope channels:join"
	adviseOwn     = "only the author can do that: a bot changes its own messages, a person theirs"
	adviseSelf    = "the app cannot do that to itself: name another person"
	adviseExists  = "the name is taken: choose another, or use the channel that has it"
	adviseArchive = "the channel is archived: it can be read but not written to"
	adviseBlocks  = "correct the blocks: each is an object with a type that Slack knows, at most 50 of them"
	adviseEmoji   = "no such emoji: give its name without colons, such as eyes or thumbsup"
)

// refusalOf returns what a code means, and whether it is known.
func refusalOf(code string) (refusal, bool) {
	if r, ok := refusalOfAccess(code); ok {
		return r, true
	}
	switch code {
	case "channel_not_found":
		return refusal{code: toolerr.ResourceNotFound, advice: adviseChannel}, true
	case "user_not_found", "users_not_found", "user_not_visible", "user_disabled":
		return refusal{code: toolerr.ResourceNotFound, advice: adviseUser}, true
	case "message_not_found", "no_item_specified", "bad_timestamp", "invalid_ts_latest", "invalid_ts_oldest", "invalid_timestamp":
		return refusal{code: toolerr.ResourceNotFound, advice: adviseMessage}, true
	case "thread_not_found":
		return refusal{code: toolerr.ResourceNotFound, advice: "there is no such thread: thread_ts is the ts of its first message"}, true
	case "file_not_found", "file_deleted", "canvas_not_found":
		return refusal{code: toolerr.ResourceNotFound, advice: adviseFile}, true
	case "invalid_scheduled_message_id":
		return refusal{code: toolerr.ResourceNotFound, advice: "no such message is scheduled: it was sent, deleted, or is about to be sent"}, true
	case "bot_not_found", "subteam_not_found", "team_not_found":
		return refusal{code: toolerr.ResourceNotFound}, true
	case "name_taken":
		return refusal{code: toolerr.Conflict, advice: adviseExists}, true
	case "is_archived":
		return refusal{code: toolerr.Conflict, advice: adviseArchive}, true
	case "already_in_channel":
		return refusal{code: toolerr.Conflict, advice: "they are in the channel: nothing has to be done"}, true
	case "edit_window_closed":
		return refusal{code: toolerr.Conflict, advice: "it is too old to be edited: send another message"}, true
	case "already_reacted", "no_reaction", "already_pinned", "already_archived", "not_archived":
		return refusal{code: toolerr.Conflict, advice: "it is so"}, true
	case "ratelimited", "rate_limited", "message_limit_exceeded":
		return refusal{code: toolerr.RateLimited, advice: "wait before you try again"}, true
	case "fatal_error", "internal_error", "service_unavailable", "request_timeout", "team_added_to_org", "external_channel_migrating":
		return refusal{code: toolerr.ServiceUnavailable, advice: adviseLater}, true
	case "unknown_method", "invalid_arg_name", "invalid_arguments", "invalid_array_arg", "invalid_charset", "invalid_form_data", "invalid_post_type", "missing_post_type":
		return refusalOfDefect(code), true
	}
	return refusalOfArgument(code)
}

// refusalOfAccess is refusalOf for who asks and what they may do.
func refusalOfAccess(code string) (refusal, bool) {
	switch code {
	case "invalid_auth", "not_authed", "token_revoked", "token_expired", "account_inactive":
		return refusal{code: toolerr.AuthenticationFailed, advice: adviseToken}, true
	case "missing_scope", "no_permission":
		return refusal{code: toolerr.PermissionDenied, advice: "the token may not do that: have the scope added to the app, and install it again"}, true
	case "not_in_channel":
		return refusal{code: toolerr.PermissionDenied, advice: adviseMembers}, true
	case "ekm_access_denied":
		return refusal{code: toolerr.PermissionDenied, advice: "the organization's key management does not let messages be read or sent for now: ask its administrators"}, true
	case "org_login_required":
		return refusal{code: toolerr.ServiceUnavailable, advice: "the workspace is being moved to an organization: try again when that is done"}, true
	case "team_access_not_granted", "enterprise_is_restricted", "missing_argument_team_id":
		return refusal{code: toolerr.PermissionDenied, advice: "the app is not installed in that workspace: have its administrators approve it, or set SLACK_TEAM_ID to one that has it"}, true
	case "access_denied", "not_allowed", "accesslimited", "two_factor_setup_required":
		return refusal{code: toolerr.PermissionDenied, advice: adviseAdmin}, true
	case "cant_update_message", "cant_delete_message", "compliance_exports_prevent_deletion":
		return refusal{code: toolerr.PermissionDenied, advice: adviseOwn}, true
	case "cant_dm_bot", "cannot_dm_bot", "messages_tab_disabled":
		return refusal{code: toolerr.PermissionDenied, advice: "bots take no direct messages from this one: name a person or a channel"}, true
	case "cant_invite_self", "cant_kick_self":
		return refusal{code: toolerr.InvalidInput, advice: adviseSelf}, true
	case "cant_invite", "ura_max_channels", "user_is_restricted", "user_is_ultra_restricted", "user_team_not_in_channel", "cannot_add_others", "cannot_add_bot":
		return refusal{code: toolerr.PermissionDenied, advice: "this person cannot be added to the channel"}, true
	case "not_allowed_token_type", "user_is_bot", "not_supported_for_bots", "as_user_not_supported":
		return refusal{code: toolerr.PermissionDenied, advice: adviseBotKind}, true
	case "is_inactive", "method_not_supported_for_channel_type", "channel_type_not_supported":
		return refusal{code: toolerr.PermissionDenied, advice: "Slack does not offer it in this kind of channel"}, true
	case "feature_not_enabled", "paid_teams_only", "method_deprecated", "deprecated_endpoint", "plan_upgrade_required", "canvas_disabled_user_team":
		return refusal{code: toolerr.PermissionDenied, advice: "the workspace's plan or settings do not offer it"}, true
	case "file_sign_in":
		return refusal{code: toolerr.PermissionDenied, advice: "Slack shows a page to sign in where the file should be: the token lacks files:read, or does not see the file"}, true
	case "foreign_host":
		return refusal{code: toolerr.PermissionDenied, advice: "its bytes are not at Slack, and nothing is fetched from elsewhere"}, true
	case "too_many_redirects":
		return refusal{code: toolerr.ServiceUnavailable, advice: adviseLater}, true
	}
	if strings.HasPrefix(code, "restricted_action") {
		return refusal{code: toolerr.PermissionDenied, advice: adviseAdmin}, true
	}
	return refusal{}, false
}

// refusalOfArgument is refusalOf for what was asked for.
func refusalOfArgument(code string) (refusal, bool) {
	switch code {
	case "msg_too_long":
		return refusal{code: toolerr.InvalidInput, advice: adviseLong}, true
	case "msg_blocks_too_long":
		return refusal{code: toolerr.InvalidInput, advice: "Slack takes some 12,000 characters of Markdown or blocks in one message: " + adviseLong}, true
	case "no_text":
		return refusal{code: toolerr.InvalidInput, advice: adviseText}, true
	case "invalid_blocks", "invalid_blocks_format", "invalid_attachments", "too_many_attachments", "blocks_mismatch":
		return refusal{code: toolerr.InvalidInput, advice: adviseBlocks}, true
	case "invalid_name", "invalid_name_required", "invalid_name_punctuation", "invalid_name_maxlength", "invalid_name_specials":
		return refusal{code: toolerr.InvalidInput, advice: adviseName}, true
	case "invalid_reaction_name", "no_such_emoji":
		return refusal{code: toolerr.InvalidInput, advice: adviseEmoji}, true
	case "too_many_emoji", "too_many_reactions":
		return refusal{code: toolerr.Conflict, advice: "the message has as many reactions as Slack lets it have"}, true
	case "time_in_past", "time_too_far", "invalid_time":
		return refusal{code: toolerr.InvalidInput, advice: adviseTime}, true
	case "too_many_users", "no_users":
		return refusal{code: toolerr.InvalidInput, advice: "name fewer people, and at least one"}, true
	case "invalid_cursor":
		return refusal{code: toolerr.InvalidInput, advice: "the cursor is not of this list, or too old: begin again without one"}, true
	case "too_long":
		return refusal{code: toolerr.InvalidInput, advice: "it is too long: Slack takes 250 characters"}, true
	case "no_query", "invalid_query":
		return refusal{code: toolerr.InvalidInput, advice: "say what to look for"}, true
	case "cannot_reply_to_message", "invalid_thread_ts":
		return refusal{code: toolerr.InvalidInput, advice: "this kind of message has no thread"}, true
	case "invalid_limit", "invalid_types", "invalid_users", "invalid_channel", "invalid_file", "invalid_user", "invalid_emails", "invalid_team_id":
		return refusal{code: toolerr.InvalidInput}, true
	}
	return refusal{}, false
}

// refusalOfDefect is for what no caller can change.
func refusalOfDefect(code string) refusal {
	switch code {
	case "unknown_method":
		return refusal{code: toolerr.ServiceUnavailable, advice: "this server has no such method: what SLACK_API_URL names is not all of Slack", final: true}
	case "invalid_arguments", "invalid_arg_name":
		return refusal{code: toolerr.InvalidInput} // the messages say which
	}
	return refusal{code: toolerr.ServiceUnavailable, advice: adviseDefect, final: true}
}
