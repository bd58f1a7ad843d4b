import type { FastifyReply } from 'fastify';
import { frame, type Page } from '../pages/frame.js';

export const sendPage = (reply: FastifyReply, page: Page): FastifyReply =>
  reply.type('text/html; charset=utf-8').send(frame(page));
