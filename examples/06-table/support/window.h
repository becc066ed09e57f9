// SPDX-License-Identifier: MIT

#pragma once

#include <QtCore/qabstractitemmodel.h>
#include <QtWidgets/qwidget.h>

#include <initializer_list>

QT_FORWARD_DECLARE_CLASS(QLabel)
QT_FORWARD_DECLARE_CLASS(QTableView)

// A table of files, below a field to filter them, and above a line of figures.
class Window : public QWidget
{
    Q_OBJECT

public:
    Window(QAbstractItemModel *rows, const QString &folder);

    void setFigures(int files, int shown, qsizetype known, int loading);

Q_SIGNALS:
    void filterChanged(const QString &text);

protected:
    void resizeEvent(QResizeEvent *event) override;

private:
    QTableView *const m_table;
    QLabel *const m_figures;
};

void setTitles(QAbstractItemModel *model, std::initializer_list<const char *> titles);
