"""Words of complaints for readers: kinds, how one files, where it stands, and what happens next in plain words."""

from collections.abc import Mapping
from typing import Final

from portal.labels import mark
from resolvers.complaints import FollowView

KINDS: Final[Mapping[str, str]] = {
    "consultation": mark("咨询"),
    "complaint": mark("投诉"),
    "help": mark("求助"),
    "report": mark("举报"),
}
KIND_HINTS: Final[Mapping[str, str]] = {
    "consultation": mark("想知道怎么办、依据是什么"),
    "complaint": mark("对办事过程或者服务不满意"),
    "help": mark("遇到困难，请求帮助解决"),
    "report": mark("发现机关或者工作人员没有依法履行职责"),
}
CAPACITIES: Final[Mapping[str, str]] = {
    "real_name": mark("实名"),
    "undisclosed": mark("署名，但要求不公开身份"),
    "anonymous": mark("匿名"),
}
CAPACITY_HINTS: Final[Mapping[str, str]] = {
    "real_name": mark("填写姓名、身份证号码和联系方式。实名举报的答复期限最短。"),
    "undisclosed": mark("填写姓名和联系方式，连经办人也看不到，除非两个人依程序共同开启。"),
    "anonymous": mark("不填写任何身份信息，凭查询码查看答复、补充情况。"),
}
ABOUT: Final[Mapping[str, str]] = {
    "body": mark("一个机关"),
    "item": mark("一个办理事项"),
    "case": mark("一个办件或者案件"),
    "officer": mark("一名工作人员"),
    "general": mark("其他，或者不清楚找哪个机关"),
}
CHANNELS: Final[Mapping[str, str]] = {
    "online": mark("网上"),
    "phone": mark("电话"),
    "visit": mark("来访"),
    "letter": mark("来信"),
    "token": mark("系统转来"),
}
VERIFIED: Final[Mapping[str, str]] = {
    "": mark("身份没有核验"),
    "number": mark("证件号码已校验"),
    "contact": mark("联系方式已用验证码核验"),
    "called": mark("登记人员已回拨电话核验"),
    "shown": mark("当面出示过证件"),
    "system": mark("由对接系统核验"),
}
ROLES: Final[Mapping[str, str]] = {"first": "", "transferred": mark("移送来的"), "review": mark("复查")}
RESULTS: Final[Mapping[str, str]] = {
    "solved": mark("已解决"),
    "explained": mark("已说明情况"),
    "not_substantiated": mark("查无实据"),
    "cannot": mark("依法不能办理"),
}
GRADES: Final = (mark("满意"), mark("基本满意"), mark("不满意"))
TEXTS: Final[Mapping[str, str]] = {
    "filed": mark("提出的内容"),
    "message": mark("提出人的消息"),
    "answer": mark("机关的消息"),
    "reply": mark("答复"),
    "refusal": mark("不予受理的理由"),
    "remarks": mark("对答复的意见"),
    "review_asked": mark("申请复查"),
    "withdrawn": mark("撤回"),
    "route": mark("分办意见"),
    "finding": mark("经办人认定"),
    "decision": mark("负责人认定"),
    "returned": mark("退回的理由"),
    "transfer": mark("移送的理由"),
    "extract": mark("发出的摘编"),
    "extract_answer": mark("摘编的答复"),
    "published": mark("已公开的问答"),
}
VERBS: Final[Mapping[str, str]] = {
    "route": mark("确定承办"),
    "accept": mark("受理"),
    "refuse": mark("不予受理"),
    "find": mark("经办人认定"),
    "decide": mark("负责人认定"),
    "return": mark("退回调查"),
    "reply": mark("答复"),
    "close": mark("办结"),
    "message": mark("给提出人发消息"),
    "extract": mark("向被反映机关发摘编"),
    "transfer": mark("移送"),
    "publish": mark("公开问答"),
    "take_down": mark("撤下公开的问答"),
}
STEPS: Final[Mapping[str, str]] = {
    "route": mark("分办"),
    "accept": mark("受理"),
    "inquire": mark("调查和经办人认定"),
    "decide": mark("负责人认定"),
    "reply": mark("答复"),
    "close": mark("办结"),
    "": mark("已结束"),
}
# What happens next, for whoever has filed.
_NEXT: Final[Mapping[str, str]] = {
    "route": mark("已经收到，正在确定由谁承办。下一步：决定是否受理。"),
    "accept": mark("已经交给承办的人。下一步：决定是否受理；不受理的，会在这里说明理由和应当向谁提出。"),
    "inquire": mark("已经受理，正在调查。下一步：由经办人提出认定意见。"),
    "decide": mark("调查已经完成。下一步：由没有经办的负责人作出认定。"),
    "reply": mark("已经作出认定。下一步：把办理情况写在这里答复您。"),
    "close": mark("已经答复。请看答复，说说是否满意；不满意的，可以申请由其他人复查。"),
}
_ENDED: Final[Mapping[str, str]] = {
    "not_accepted": mark("没有受理，理由见下。"),
    "withdrawn": mark("您已经撤回。"),
    "finished": mark("已经办结。"),
}
_REVIEW: Final = mark("正在由没有参与过的人复查。")


def next_words(view: FollowView) -> str:
    """Return in plain words what has happened and what happens next."""
    if view.step and view.role == "review" and view.step != "close":
        return _REVIEW
    return _NEXT.get(view.step, _ENDED.get(view.ending, _ENDED["finished"]))
