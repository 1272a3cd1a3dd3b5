"""Every word that pages show, in both languages. A template or a view says a key; nothing visible is written there."""

from typing import NamedTuple

from django.utils.translation import get_language


class Words(NamedTuple):
    """The same thing said twice; `{name}` stands for what differs."""

    zh: str
    en: str


CATALOGUE: dict[str, Words] = {
    # Every page
    "product": Words("Quintet", "Quintet"),
    "skip_to_content": Words("跳到正文", "Skip to content"),
    "main_menu": Words("主菜单", "Main menu"),
    "other_language": Words("English", "中文"),
    "switch_language": Words("Switch to English", "切换为中文"),
    "account": Words("我的账号", "My account"),
    "requests": Words("待批申请", "Requests"),
    "people": Words("用户", "People"),
    "tables": Words("数据表", "Tables"),
    "api_pages": Words("接口文档", "API pages"),
    "sign_out": Words("退出登录", "Sign out"),
    # Home
    "headline": Words("五个服务，一台服务器", "Five services, one server"),
    "lead": Words(
        "口罩检测、图像标注、医学影像、粮油采购、接口模拟：一个地址，一套账号，数据都在你自己的机器上。",
        "Masks, annotation, imaging, procurement and mocks at one address, with one account, on your own machine.",
    ),
    "services": Words("服务", "Services"),
    "show_api": Words("查看接口", "See its API"),
    "show_api_of": Words("查看“{service}”的接口", "See the API of {service}"),
    "your_level": Words("你的身份：{level}", "You are: {level}"),
    "status": Words("状态", "Status"),
    "ready": Words("一切就绪", "Everything is ready"),
    "not_ready": Words("还缺少一些东西", "Something is missing"),
    "missing_database": Words(
        "数据库连不上，或数据表不是最新：请运行 quintet init",
        "The database can't be reached or its tables are old: run quintet init",
    ),
    "missing_files": Words("文件存储连不上", "The file store can't be reached"),
    "missing_worker": Words(
        "后台进程没有动静：请运行 quintet worker", "No worker has been seen lately: run quintet worker"
    ),
    "missing_other": Words("{what} 不可用", "{what} can't be used"),
    "mode_loopback": Words(
        "只对本机开放：接口与文档逐字一致", "Open to this machine alone: every interface is word for word as documented"
    ),
    "mode_network": Words("对网络开放：采用更谨慎的规则", "Open to a network: the guarded rules apply"),
    # Signing in
    "sign_in": Words("登录", "Sign in"),
    "username": Words("用户名", "Username"),
    "password": Words("密码", "Password"),
    "sign_in_hint": Words(
        "任何一个服务的账号都可以。用邮箱注册的，用户名就是邮箱。",
        "An account of any service will do. If you registered with an e-mail address, it is your username.",
    ),
    "wrong_credentials": Words("用户名或密码不对。", "That username and password don't belong together."),
    "too_many_attempts": Words(
        "尝试太多次了，请 {seconds} 秒后再试。", "Too many attempts. Please try again in {seconds} seconds."
    ),
    "signed_in_as": Words("已登录：{name}", "Signed in as {name}"),
    "signed_out": Words("已退出登录。", "You are signed out."),
    "sign_in_first": Words("请先登录。", "Please sign in first."),
    # One's own account
    "password_is_initial": Words(
        "你还在用初始密码，请尽快修改。", "You still have the password the account came with. Please change it."
    ),
    "about_you": Words("账号资料", "About you"),
    "email": Words("邮箱", "E-mail"),
    "nothing": Words("（无）", "(none)"),
    "joined": Words("注册时间", "Joined"),
    "roles": Words("身份", "Roles"),
    "superuser": Words("服务器管理员", "Server administrator"),
    "change_password": Words("修改密码", "Change password"),
    "change_password_hint": Words(
        "修改后，其他设备上的登录和所有令牌立即失效。",
        "Sign-ins on your other devices and all tokens stop working at once.",
    ),
    "old_password": Words("当前密码", "Current password"),
    "new_password": Words("新密码", "New password"),
    "new_password_again": Words("再输入一次新密码", "New password again"),
    "wrong_password": Words("当前密码不对。", "That is not your current password."),
    "passwords_differ": Words("两次输入的新密码不一样。", "The two new passwords differ."),
    "password_blank": Words("新密码不能为空。", "The new password may not be empty."),
    "password_too_long": Words("新密码太长。", "The new password is too long."),
    "password_changed": Words("密码已修改。", "Your password is changed."),
    "log_out_everywhere": Words("在所有设备上退出", "Sign out everywhere"),
    "log_out_everywhere_hint": Words(
        "包括这里：所有登录、密钥和令牌立即失效，密码不变。",
        "Here as well: every sign-in, key and token stops working at once. The password stays.",
    ),
    "logged_out_everywhere": Words("已在所有设备上退出。", "You are signed out everywhere."),
    "trail": Words("最近的账号记录", "What happened to your account"),
    "trail_hint": Words("最近 20 条，最新的在前。", "The last 20 entries, newest first."),
    "when": Words("时间", "When"),
    "what": Words("事件", "What"),
    "by_whom": Words("操作者", "By"),
    "from_where": Words("来自", "From"),
    "nobody": Words("系统", "the server"),
    # Requests
    "requests_hint": Words(
        "这些人申请了更高的身份。批准只影响该服务，不会给予服务器管理权限。",
        "These people asked for a higher role. Approving touches that service alone and never the server.",
    ),
    "no_requests": Words("没有待批的申请。", "Nobody is waiting."),
    "person": Words("用户", "Person"),
    "service": Words("服务", "Service"),
    "level_now": Words("现在", "Now"),
    "level_asked": Words("申请", "Asked for"),
    "decision": Words("决定", "Decision"),
    "approve": Words("批准", "Approve"),
    "refuse": Words("拒绝", "Refuse"),
    "approve_whom": Words("批准 {name} 的申请", "Approve the request of {name}"),
    "refuse_whom": Words("拒绝 {name} 的申请", "Refuse the request of {name}"),
    "request_approved": Words("已批准。", "Approved."),
    "request_refused": Words("已拒绝。", "Refused."),
    "request_gone": Words("这个申请已经处理过了。", "Somebody has settled this request already."),
    # People
    "search": Words("搜索", "Search"),
    "search_people": Words("用户名或邮箱", "Username or e-mail"),
    "people_count": Words("共 {count} 人", "{count} in all"),
    "no_people": Words("没有找到。", "Nobody found."),
    "state": Words("状态", "State"),
    "active": Words("正常", "Active"),
    "disabled": Words("已禁用", "Disabled"),
    "initial_password": Words("初始密码", "Initial password"),
    "asks_for": Words("申请：{level}", "asks for: {level}"),
    "pages": Words("分页", "Pages"),
    "previous_page": Words("上一页", "Previous"),
    "next_page": Words("下一页", "Next"),
    "page_of": Words("第 {number} 页，共 {pages} 页", "Page {number} of {pages}"),
    # What cannot be shown
    "error_400": Words("这个请求无法理解。", "This request can't be understood."),
    "error_403": Words("你没有权限查看这个页面。", "This page is not for you."),
    "error_404": Words("没有这个页面。", "There is no such page."),
    "error_405": Words("这个地址不接受这样的请求。", "This address doesn't take such a request."),
    "error_413": Words("内容太大。", "That is too large."),
    "form_expired": Words(
        "这个表单已过期，请返回上一页，刷新后再试。", "This form has expired. Go back, reload the page and try again."
    ),
    "back_home": Words("回到首页", "Back to the start"),
    # Services
    "service_masks": Words("口罩检测", "Masks"),
    "about_masks": Words(
        "上传照片或视频，找出人脸，判断是否戴了口罩、戴得对不对。",
        "Upload a picture or a video: faces are found, and whether they wear a mask and wear it right.",
    ),
    "service_annotation": Words("图像标注", "Annotation"),
    "about_annotation": Words(
        "任务、作业、标签与轨迹，多人一起标注图像和视频。",
        "Tasks, jobs, labels and tracks: people mark images and videos together.",
    ),
    "service_dicom": Words("医学影像", "Imaging"),
    "about_dicom": Words("DICOM 平台：账号、头像与个人资料。", "The DICOM platform: accounts, pictures and profiles."),
    "service_procurement": Words("粮油采购", "Procurement"),
    "about_procurement": Words(
        "粮油公司发布商品和每期价格，教育局和学校查看。",
        "Grain companies offer goods at prices that hold for a period; schools and the education bureau see them.",
    ),
    "service_mocks": Words("接口模拟", "Mocks"),
    "about_mocks": Words(
        "保存一段 JSON，得到一个固定链接，前端随时可用。",
        "Save a piece of JSON and get a fixed link that answers with it, byte for byte.",
    ),
    # What somebody is in a service
    "level_masks_0": Words("普通用户", "User"),
    "level_masks_1": Words("管理员", "Administrator"),
    "level_annotation_0": Words("普通用户", "User"),
    "level_annotation_1": Words("管理员", "Administrator"),
    "level_dicom_0": Words("普通用户", "User"),
    "level_dicom_1": Words("管理员", "Administrator"),
    "level_procurement_0": Words("粮油公司", "Grain company"),
    "level_procurement_1": Words("教育局", "Education bureau"),
    "level_procurement_2": Words("学校", "School"),
    "level_procurement_9": Words("管理员", "Administrator"),
    "level_mocks_0": Words("管理员", "Administrator"),
    "level_mocks_2": Words("成员", "Member"),
    "level_mocks_3": Words("访客", "Guest"),
    "level_other": Words("级别 {level}", "Level {level}"),
    # What happened
    "event_account.registered": Words("注册了账号", "Account made"),
    "event_account.changed": Words("修改了资料", "Details changed"),
    "event_account.disabled": Words("账号被禁用", "Account disabled"),
    "event_account.enabled": Words("账号恢复使用", "Account enabled again"),
    "event_account.administrator": Words("成为服务器管理员", "Became server administrator"),
    "event_account.logged-out-everywhere": Words("在所有设备上退出", "Signed out everywhere"),
    "event_password.changed": Words("修改了密码", "Password changed"),
    "event_password.reset": Words("密码被重置", "Password reset"),
    "event_grant.set": Words("身份有变化", "Role changed"),
    "event_grant.removed": Words("身份被取消", "Role taken away"),
    "event_grant.approved": Words("申请被批准", "Request approved"),
    "event_grant.refused": Words("申请被拒绝", "Request refused"),
}


def is_chinese() -> bool:
    """Whether the page that is being made is in Chinese; the middleware decides by cookie, then by Accept-Language."""
    return (get_language() or "").startswith("zh")


def said(key: str, **values: object) -> str:
    """The words in the page's language. Raises KeyError for a key nobody wrote down."""
    words = CATALOGUE[key]
    return (words.zh if is_chinese() else words.en).format(**values)


def level_name(service: str, level: int) -> str:
    """What somebody is in a service: "School", or the number where the service has no word for it."""
    key = f"level_{service}_{level}"
    return said(key) if key in CATALOGUE else said("level_other", level=level)


def service_name(service: str) -> str:
    """What a service is called."""
    key = f"service_{service}"
    return said(key) if key in CATALOGUE else service


def about_service(service: str) -> str:
    """What a service is for."""
    return said(f"about_{service}")


def event_name(event: str) -> str:
    """What happened, in words; a service's own event as it is written down."""
    key = f"event_{event}"
    return said(key) if key in CATALOGUE else event


def missing_name(what: str) -> str:
    """What is missing and what to do."""
    key = f"missing_{what}"
    return said(key) if key in CATALOGUE else said("missing_other", what=what)
