// Written by Scripts/page-files: every file of the page, as bytes in the program.

#include "WebFiles.h"

static const unsigned char api_openapi_json[] = {
#embed "page/api/openapi.json"
};
static const unsigned char app_access_view_js[] = {
#embed "page/app/access-view.js"
};
static const unsigned char app_api_js[] = {
#embed "page/app/api.js"
};
static const unsigned char app_audit_view_js[] = {
#embed "page/app/audit-view.js"
};
static const unsigned char app_backup_row_js[] = {
#embed "page/app/backup-row.js"
};
static const unsigned char app_backups_view_js[] = {
#embed "page/app/backups-view.js"
};
static const unsigned char app_camera_js[] = {
#embed "page/app/camera.js"
};
static const unsigned char app_correction_js[] = {
#embed "page/app/correction.js"
};
static const unsigned char app_deletions_js[] = {
#embed "page/app/deletions.js"
};
static const unsigned char app_dialog_js[] = {
#embed "page/app/dialog.js"
};
static const unsigned char app_docs_request_js[] = {
#embed "page/app/docs-request.js"
};
static const unsigned char app_docs_schema_js[] = {
#embed "page/app/docs-schema.js"
};
static const unsigned char app_docs_js[] = {
#embed "page/app/docs.js"
};
static const unsigned char app_dom_js[] = {
#embed "page/app/dom.js"
};
static const unsigned char app_format_js[] = {
#embed "page/app/format.js"
};
static const unsigned char app_gallery_card_js[] = {
#embed "page/app/gallery-card.js"
};
static const unsigned char app_gallery_filter_js[] = {
#embed "page/app/gallery-filter.js"
};
static const unsigned char app_gallery_query_js[] = {
#embed "page/app/gallery-query.js"
};
static const unsigned char app_gallery_view_js[] = {
#embed "page/app/gallery-view.js"
};
static const unsigned char app_health_js[] = {
#embed "page/app/health.js"
};
static const unsigned char app_icons_js[] = {
#embed "page/app/icons.js"
};
static const unsigned char app_joint_panel_js[] = {
#embed "page/app/joint-panel.js"
};
static const unsigned char app_keys_js[] = {
#embed "page/app/keys.js"
};
static const unsigned char app_loupe_js[] = {
#embed "page/app/loupe.js"
};
static const unsigned char app_main_js[] = {
#embed "page/app/main.js"
};
static const unsigned char app_neighbours_js[] = {
#embed "page/app/neighbours.js"
};
static const unsigned char app_pose_head_js[] = {
#embed "page/app/pose-head.js"
};
static const unsigned char app_pose_saving_js[] = {
#embed "page/app/pose-saving.js"
};
static const unsigned char app_pose_view_js[] = {
#embed "page/app/pose-view.js"
};
static const unsigned char app_rights_js[] = {
#embed "page/app/rights.js"
};
static const unsigned char app_router_js[] = {
#embed "page/app/router.js"
};
static const unsigned char app_save_bar_js[] = {
#embed "page/app/save-bar.js"
};
static const unsigned char app_selection_js[] = {
#embed "page/app/selection.js"
};
static const unsigned char app_session_js[] = {
#embed "page/app/session.js"
};
static const unsigned char app_sign_in_view_js[] = {
#embed "page/app/sign-in-view.js"
};
static const unsigned char app_sign_out_js[] = {
#embed "page/app/sign-out.js"
};
static const unsigned char app_skeleton_layer_js[] = {
#embed "page/app/skeleton-layer.js"
};
static const unsigned char app_skeleton_js[] = {
#embed "page/app/skeleton.js"
};
static const unsigned char app_stage_keys_js[] = {
#embed "page/app/stage-keys.js"
};
static const unsigned char app_stage_pointer_js[] = {
#embed "page/app/stage-pointer.js"
};
static const unsigned char app_stage_js[] = {
#embed "page/app/stage.js"
};
static const unsigned char app_thumbnail_js[] = {
#embed "page/app/thumbnail.js"
};
static const unsigned char app_toasts_js[] = {
#embed "page/app/toasts.js"
};
static const unsigned char app_trash_view_js[] = {
#embed "page/app/trash-view.js"
};
static const unsigned char app_upload_queue_js[] = {
#embed "page/app/upload-queue.js"
};
static const unsigned char app_upload_request_js[] = {
#embed "page/app/upload-request.js"
};
static const unsigned char app_upload_sources_js[] = {
#embed "page/app/upload-sources.js"
};
static const unsigned char app_upload_tray_js[] = {
#embed "page/app/upload-tray.js"
};
static const unsigned char app_values_table_js[] = {
#embed "page/app/values-table.js"
};
static const unsigned char app_viewport_js[] = {
#embed "page/app/viewport.js"
};
static const unsigned char app_world_panel_js[] = {
#embed "page/app/world-panel.js"
};
static const unsigned char app_world_view_js[] = {
#embed "page/app/world-view.js"
};
static const unsigned char docs_html[] = {
#embed "page/docs.html"
};
static const unsigned char favicon_ico[] = {
#embed "page/favicon.ico"
};
static const unsigned char icon_180_png[] = {
#embed "page/icon-180.png"
};
static const unsigned char icon_192_png[] = {
#embed "page/icon-192.png"
};
static const unsigned char icon_512_png[] = {
#embed "page/icon-512.png"
};
static const unsigned char icon_svg[] = {
#embed "page/icon.svg"
};
static const unsigned char index_html[] = {
#embed "page/index.html"
};
static const unsigned char posevault_webmanifest[] = {
#embed "page/posevault.webmanifest"
};
static const unsigned char style_backups_css[] = {
#embed "page/style/backups.css"
};
static const unsigned char style_base_css[] = {
#embed "page/style/base.css"
};
static const unsigned char style_docs_css[] = {
#embed "page/style/docs.css"
};
static const unsigned char style_frame_css[] = {
#embed "page/style/frame.css"
};
static const unsigned char style_gallery_css[] = {
#embed "page/style/gallery.css"
};
static const unsigned char style_pose_css[] = {
#embed "page/style/pose.css"
};
static const unsigned char style_print_css[] = {
#embed "page/style/print.css"
};
static const unsigned char style_upload_css[] = {
#embed "page/style/upload.css"
};

static const struct WebFile files[] = {
    {"/api/openapi.json", "application/json; charset=utf-8", api_openapi_json, sizeof api_openapi_json},
    {"/app/access-view.js", "text/javascript; charset=utf-8", app_access_view_js, sizeof app_access_view_js},
    {"/app/api.js", "text/javascript; charset=utf-8", app_api_js, sizeof app_api_js},
    {"/app/audit-view.js", "text/javascript; charset=utf-8", app_audit_view_js, sizeof app_audit_view_js},
    {"/app/backup-row.js", "text/javascript; charset=utf-8", app_backup_row_js, sizeof app_backup_row_js},
    {"/app/backups-view.js", "text/javascript; charset=utf-8", app_backups_view_js, sizeof app_backups_view_js},
    {"/app/camera.js", "text/javascript; charset=utf-8", app_camera_js, sizeof app_camera_js},
    {"/app/correction.js", "text/javascript; charset=utf-8", app_correction_js, sizeof app_correction_js},
    {"/app/deletions.js", "text/javascript; charset=utf-8", app_deletions_js, sizeof app_deletions_js},
    {"/app/dialog.js", "text/javascript; charset=utf-8", app_dialog_js, sizeof app_dialog_js},
    {"/app/docs-request.js", "text/javascript; charset=utf-8", app_docs_request_js, sizeof app_docs_request_js},
    {"/app/docs-schema.js", "text/javascript; charset=utf-8", app_docs_schema_js, sizeof app_docs_schema_js},
    {"/app/docs.js", "text/javascript; charset=utf-8", app_docs_js, sizeof app_docs_js},
    {"/app/dom.js", "text/javascript; charset=utf-8", app_dom_js, sizeof app_dom_js},
    {"/app/format.js", "text/javascript; charset=utf-8", app_format_js, sizeof app_format_js},
    {"/app/gallery-card.js", "text/javascript; charset=utf-8", app_gallery_card_js, sizeof app_gallery_card_js},
    {"/app/gallery-filter.js", "text/javascript; charset=utf-8", app_gallery_filter_js, sizeof app_gallery_filter_js},
    {"/app/gallery-query.js", "text/javascript; charset=utf-8", app_gallery_query_js, sizeof app_gallery_query_js},
    {"/app/gallery-view.js", "text/javascript; charset=utf-8", app_gallery_view_js, sizeof app_gallery_view_js},
    {"/app/health.js", "text/javascript; charset=utf-8", app_health_js, sizeof app_health_js},
    {"/app/icons.js", "text/javascript; charset=utf-8", app_icons_js, sizeof app_icons_js},
    {"/app/joint-panel.js", "text/javascript; charset=utf-8", app_joint_panel_js, sizeof app_joint_panel_js},
    {"/app/keys.js", "text/javascript; charset=utf-8", app_keys_js, sizeof app_keys_js},
    {"/app/loupe.js", "text/javascript; charset=utf-8", app_loupe_js, sizeof app_loupe_js},
    {"/app/main.js", "text/javascript; charset=utf-8", app_main_js, sizeof app_main_js},
    {"/app/neighbours.js", "text/javascript; charset=utf-8", app_neighbours_js, sizeof app_neighbours_js},
    {"/app/pose-head.js", "text/javascript; charset=utf-8", app_pose_head_js, sizeof app_pose_head_js},
    {"/app/pose-saving.js", "text/javascript; charset=utf-8", app_pose_saving_js, sizeof app_pose_saving_js},
    {"/app/pose-view.js", "text/javascript; charset=utf-8", app_pose_view_js, sizeof app_pose_view_js},
    {"/app/rights.js", "text/javascript; charset=utf-8", app_rights_js, sizeof app_rights_js},
    {"/app/router.js", "text/javascript; charset=utf-8", app_router_js, sizeof app_router_js},
    {"/app/save-bar.js", "text/javascript; charset=utf-8", app_save_bar_js, sizeof app_save_bar_js},
    {"/app/selection.js", "text/javascript; charset=utf-8", app_selection_js, sizeof app_selection_js},
    {"/app/session.js", "text/javascript; charset=utf-8", app_session_js, sizeof app_session_js},
    {"/app/sign-in-view.js", "text/javascript; charset=utf-8", app_sign_in_view_js, sizeof app_sign_in_view_js},
    {"/app/sign-out.js", "text/javascript; charset=utf-8", app_sign_out_js, sizeof app_sign_out_js},
    {"/app/skeleton-layer.js", "text/javascript; charset=utf-8", app_skeleton_layer_js, sizeof app_skeleton_layer_js},
    {"/app/skeleton.js", "text/javascript; charset=utf-8", app_skeleton_js, sizeof app_skeleton_js},
    {"/app/stage-keys.js", "text/javascript; charset=utf-8", app_stage_keys_js, sizeof app_stage_keys_js},
    {"/app/stage-pointer.js", "text/javascript; charset=utf-8", app_stage_pointer_js, sizeof app_stage_pointer_js},
    {"/app/stage.js", "text/javascript; charset=utf-8", app_stage_js, sizeof app_stage_js},
    {"/app/thumbnail.js", "text/javascript; charset=utf-8", app_thumbnail_js, sizeof app_thumbnail_js},
    {"/app/toasts.js", "text/javascript; charset=utf-8", app_toasts_js, sizeof app_toasts_js},
    {"/app/trash-view.js", "text/javascript; charset=utf-8", app_trash_view_js, sizeof app_trash_view_js},
    {"/app/upload-queue.js", "text/javascript; charset=utf-8", app_upload_queue_js, sizeof app_upload_queue_js},
    {"/app/upload-request.js", "text/javascript; charset=utf-8", app_upload_request_js, sizeof app_upload_request_js},
    {"/app/upload-sources.js", "text/javascript; charset=utf-8", app_upload_sources_js, sizeof app_upload_sources_js},
    {"/app/upload-tray.js", "text/javascript; charset=utf-8", app_upload_tray_js, sizeof app_upload_tray_js},
    {"/app/values-table.js", "text/javascript; charset=utf-8", app_values_table_js, sizeof app_values_table_js},
    {"/app/viewport.js", "text/javascript; charset=utf-8", app_viewport_js, sizeof app_viewport_js},
    {"/app/world-panel.js", "text/javascript; charset=utf-8", app_world_panel_js, sizeof app_world_panel_js},
    {"/app/world-view.js", "text/javascript; charset=utf-8", app_world_view_js, sizeof app_world_view_js},
    {"/docs", "text/html; charset=utf-8", docs_html, sizeof docs_html},
    {"/favicon.ico", "image/x-icon", favicon_ico, sizeof favicon_ico},
    {"/icon-180.png", "image/png", icon_180_png, sizeof icon_180_png},
    {"/icon-192.png", "image/png", icon_192_png, sizeof icon_192_png},
    {"/icon-512.png", "image/png", icon_512_png, sizeof icon_512_png},
    {"/icon.svg", "image/svg+xml", icon_svg, sizeof icon_svg},
    {"/", "text/html; charset=utf-8", index_html, sizeof index_html},
    {"/posevault.webmanifest", "application/manifest+json", posevault_webmanifest, sizeof posevault_webmanifest},
    {"/style/backups.css", "text/css; charset=utf-8", style_backups_css, sizeof style_backups_css},
    {"/style/base.css", "text/css; charset=utf-8", style_base_css, sizeof style_base_css},
    {"/style/docs.css", "text/css; charset=utf-8", style_docs_css, sizeof style_docs_css},
    {"/style/frame.css", "text/css; charset=utf-8", style_frame_css, sizeof style_frame_css},
    {"/style/gallery.css", "text/css; charset=utf-8", style_gallery_css, sizeof style_gallery_css},
    {"/style/pose.css", "text/css; charset=utf-8", style_pose_css, sizeof style_pose_css},
    {"/style/print.css", "text/css; charset=utf-8", style_print_css, sizeof style_print_css},
    {"/style/upload.css", "text/css; charset=utf-8", style_upload_css, sizeof style_upload_css},
};

const struct WebFile *web_file(size_t index) {
  return index < sizeof files / sizeof files[0] ? &files[index] : NULL;
}
