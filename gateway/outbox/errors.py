"""What stops all sending, as distinct from what is wrong with one transaction."""

from __future__ import annotations

from gateway.errors import GatewayError


class WrongChain(GatewayError):
    code = "outbox.wrong_chain"
    status = 503
    en = "The node is on another chain: {what} is {found}, not {expected}. Nothing is sent; correct rpc_url."
    zh = "节点属于另一条链：{what} 为 {found}，账本为 {expected}。已停止发送；请更正 rpc_url。"


class PoolFull(GatewayError):
    code = "outbox.pool_full"
    status = 503
    en = "The node's transaction pool is full ({reason}). What is signed is sent again until it is taken."
    zh = "节点交易池已满（{reason}）。已签名的交易将反复发送直至被接收。"


class NonceMoved(GatewayError):
    code = "outbox.nonce_moved"
    status = 503
    en = "The nonce {nonce} of the key {address} was given out meanwhile; what was signed with it is not sent."
    zh = "密钥 {address} 的 nonce {nonce} 已被占用；以其签名的交易不会发送。"
